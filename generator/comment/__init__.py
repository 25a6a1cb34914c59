"""Pull-request comments: results of a run as a document, and the document as Markdown."""
