"""Parts of `obsgen comment`."""
