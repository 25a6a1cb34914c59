"""Code that is not one's own: frames of it make no key. By paths, and by names of packages and namespaces."""

from __future__ import annotations

# Parts of paths.
PATHS = (
    "/site-packages/", "/dist-packages/", "/lib/python", "<frozen", "<string>", "/node_modules/", "node:",
    "/usr/local/go/", "/go/pkg/mod/", "/opt/python/", "/var/runtime/", "/var/lang/", "/gems/", "/rustc/",
    "/.cargo/", "awslambdaric",
)  # fmt: skip
# Beginnings of qualified names.
JAVA = (
    "java.", "javax.", "jdk.", "sun.", "com.sun.", "jakarta.", "kotlin.", "kotlinx.", "scala.", "groovy.",
    "org.springframework.", "org.apache.", "org.hibernate.", "org.eclipse.", "io.netty.", "io.grpc.",
    "io.micrometer.", "io.vertx.", "reactor.", "com.zaxxer.", "com.fasterxml.", "com.google.", "com.amazonaws.",
    "software.amazon.", "org.postgresql.", "com.mysql.", "org.jboss.", "io.undertow.", "okhttp3.", "retrofit2.",
    "feign.", "rx.", "io.reactivex.", "org.junit.", "ch.qos.logback.", "org.slf4j.", "redis.clients.",
    "io.lettuce.", "com.netflix.", "oracle.", "net.bytebuddy.", "io.quarkus.", "lambdainternal.",
)  # fmt: skip
DOTNET = (
    "System.", "Microsoft.", "Npgsql.", "MySql.", "Newtonsoft.", "Grpc.", "Polly.", "Amazon.", "Serilog.",
    "Dapper.", "StackExchange.", "MassTransit.", "RabbitMQ.", "lambda_method",
)  # fmt: skip
GO = (
    "runtime.", "runtime/", "net/", "net.", "testing.", "os.", "io.", "sync.", "reflect.", "database/sql",
    "encoding/", "golang.org/", "google.golang.org/", "go.uber.org/", "panic", "created by",
    "github.com/gin-gonic/", "github.com/aws/", "github.com/labstack/", "github.com/gorilla/", "context.",
    "bufio.",
)  # fmt: skip
