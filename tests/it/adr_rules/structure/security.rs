//! The objects of OpenAPI 3.0 and 3.1 that tell who may call, as the specification names them.

use super::Kind;
use super::Others::{All, Extensions};
use super::Shape::{Listed, Mapped, Of, OneOf, Text};

pub static SECURITY_REQUIREMENT: Kind = Kind {
    name: "a security requirement",
    required: &[],
    members: &[],
    others: All(&Listed(&Text)),
};

pub static SECURITY_SCHEME: Kind = Kind {
    name: "a security scheme",
    required: &["type"],
    members: &[
        (
            "type",
            OneOf(&["apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"]),
        ),
        ("description", Text),
        ("name", Text),
        ("in", OneOf(&["query", "header", "cookie"])),
        ("scheme", Text),
        ("bearerFormat", Text),
        ("flows", Of(&OAUTH_FLOWS)),
        ("openIdConnectUrl", Text),
    ],
    others: Extensions,
};

pub static OAUTH_FLOWS: Kind = Kind {
    name: "`flows`",
    required: &[],
    members: &[
        ("implicit", Of(&FLOW_IMPLICIT)),
        ("password", Of(&FLOW_TOKEN)),
        ("clientCredentials", Of(&FLOW_TOKEN)),
        ("authorizationCode", Of(&FLOW_CODE)),
    ],
    others: Extensions,
};

pub static FLOW_IMPLICIT: Kind = Kind {
    name: "this flow",
    required: &["authorizationUrl", "scopes"],
    members: &[
        ("authorizationUrl", Text),
        ("refreshUrl", Text),
        ("scopes", Mapped(&Text)),
    ],
    others: Extensions,
};

pub static FLOW_TOKEN: Kind = Kind {
    name: "this flow",
    required: &["tokenUrl", "scopes"],
    members: &[
        ("tokenUrl", Text),
        ("refreshUrl", Text),
        ("scopes", Mapped(&Text)),
    ],
    others: Extensions,
};

pub static FLOW_CODE: Kind = Kind {
    name: "this flow",
    required: &["authorizationUrl", "tokenUrl", "scopes"],
    members: &[
        ("authorizationUrl", Text),
        ("tokenUrl", Text),
        ("refreshUrl", Text),
        ("scopes", Mapped(&Text)),
    ],
    others: Extensions,
};
