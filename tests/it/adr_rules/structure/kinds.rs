//! The objects of OpenAPI 3.0 and 3.1 and their members, as the specification names them.

use super::Kind;
use super::Others::{All, Extensions, Paths, Statuses};
use super::Shape::{Any, Email, Flag, Listed, Mapped, Of, OneOf, Schema, Text, Uri};
use super::security::{SECURITY_REQUIREMENT, SECURITY_SCHEME};

/// Objects and their members that came with OpenAPI 3.1.
const ONLY_IN_31: [(&str, &str); 5] = [
    ("the document", "webhooks"),
    ("the document", "jsonSchemaDialect"),
    ("`info`", "summary"),
    ("a licence", "identifier"),
    ("`components`", "pathItems"),
];

/// Tells whether a reference may stand for the object.
pub fn may_be_reference(kind: &Kind) -> bool {
    let referable = [
        &PATH_ITEM,
        &PARAMETER,
        &HEADER,
        &REQUEST_BODY,
        &RESPONSE,
        &CALLBACK,
        &EXAMPLE,
        &LINK,
        &SECURITY_SCHEME,
    ];
    referable.iter().any(|known| std::ptr::eq(*known, kind))
}

/// Tells whether a 3.0 document may not have the member.
pub fn is_only_in_31(kind: &Kind, member: &str) -> bool {
    ONLY_IN_31.contains(&(kind.name, member))
}

/// Tells whether a schema of OpenAPI 3.0 may have the keyword; extensions may always be there.
pub fn is_schema_keyword_30(name: &str) -> bool {
    const KEYWORDS: [&str; 18] = [
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "maxItems",
        "minItems",
        "maxProperties",
        "minProperties",
        "default",
        "discriminator",
        "example",
        "externalDocs",
        "xml",
        "x-",
        "enum",
    ];
    name.starts_with("x-") || KEYWORDS.contains(&name)
}

/// The styles a parameter, header or encoding may have; which goes with which `in` is not checked.
static STYLES: [&str; 7] = [
    "form",
    "spaceDelimited",
    "pipeDelimited",
    "deepObject",
    "simple",
    "matrix",
    "label",
];

pub static DOCUMENT: Kind = Kind {
    name: "the document",
    required: &["openapi", "info"],
    members: &[
        ("openapi", Text),
        ("info", Of(&INFO)),
        ("jsonSchemaDialect", Text),
        ("servers", Listed(&Of(&SERVER))),
        ("paths", Of(&PATHS)),
        ("webhooks", Mapped(&Of(&PATH_ITEM))),
        ("components", Of(&COMPONENTS)),
        ("security", Listed(&Of(&SECURITY_REQUIREMENT))),
        ("tags", Listed(&Of(&TAG))),
        ("externalDocs", Of(&EXTERNAL_DOCS)),
    ],
    others: Extensions,
};

pub static INFO: Kind = Kind {
    name: "`info`",
    required: &["title", "version"],
    members: &[
        ("title", Text),
        ("summary", Text),
        ("description", Text),
        ("termsOfService", Uri),
        ("contact", Of(&CONTACT)),
        ("license", Of(&LICENCE)),
        ("version", Text),
    ],
    others: Extensions,
};

pub static CONTACT: Kind = Kind {
    name: "`contact`",
    required: &[],
    members: &[("name", Text), ("url", Uri), ("email", Email)],
    others: Extensions,
};

pub static LICENCE: Kind = Kind {
    name: "a licence",
    required: &["name"],
    members: &[("name", Text), ("identifier", Text), ("url", Uri)],
    others: Extensions,
};

pub static SERVER: Kind = Kind {
    name: "a server",
    required: &["url"],
    members: &[
        ("url", Text),
        ("description", Text),
        ("variables", Mapped(&Of(&SERVER_VARIABLE))),
    ],
    others: Extensions,
};

pub static SERVER_VARIABLE: Kind = Kind {
    name: "a server variable",
    required: &["default"],
    members: &[
        ("enum", Listed(&Text)),
        ("default", Text),
        ("description", Text),
    ],
    others: Extensions,
};

pub static COMPONENTS: Kind = Kind {
    name: "`components`",
    required: &[],
    members: &[
        ("schemas", Mapped(&Schema)),
        ("responses", Mapped(&Of(&RESPONSE))),
        ("parameters", Mapped(&Of(&PARAMETER))),
        ("examples", Mapped(&Of(&EXAMPLE))),
        ("requestBodies", Mapped(&Of(&REQUEST_BODY))),
        ("headers", Mapped(&Of(&HEADER))),
        ("securitySchemes", Mapped(&Of(&SECURITY_SCHEME))),
        ("links", Mapped(&Of(&LINK))),
        ("callbacks", Mapped(&Of(&CALLBACK))),
        ("pathItems", Mapped(&Of(&PATH_ITEM))),
    ],
    others: Extensions,
};

pub static PATHS: Kind = Kind {
    name: "`paths`",
    required: &[],
    members: &[],
    others: Paths(&Of(&PATH_ITEM)),
};

pub static PATH_ITEM: Kind = Kind {
    name: "a path item",
    required: &[],
    members: &[
        ("summary", Text),
        ("description", Text),
        ("servers", Listed(&Of(&SERVER))),
        ("parameters", Listed(&Of(&PARAMETER))),
        ("get", Of(&OPERATION)),
        ("put", Of(&OPERATION)),
        ("post", Of(&OPERATION)),
        ("delete", Of(&OPERATION)),
        ("options", Of(&OPERATION)),
        ("head", Of(&OPERATION)),
        ("patch", Of(&OPERATION)),
        ("trace", Of(&OPERATION)),
    ],
    others: Extensions,
};

pub static OPERATION: Kind = Kind {
    name: "an operation",
    required: &["responses"],
    members: &[
        ("tags", Listed(&Text)),
        ("summary", Text),
        ("description", Text),
        ("externalDocs", Of(&EXTERNAL_DOCS)),
        ("operationId", Text),
        ("parameters", Listed(&Of(&PARAMETER))),
        ("requestBody", Of(&REQUEST_BODY)),
        ("responses", Of(&RESPONSES)),
        ("callbacks", Mapped(&Of(&CALLBACK))),
        ("deprecated", Flag),
        ("security", Listed(&Of(&SECURITY_REQUIREMENT))),
        ("servers", Listed(&Of(&SERVER))),
    ],
    others: Extensions,
};

pub static EXTERNAL_DOCS: Kind = Kind {
    name: "`externalDocs`",
    required: &["url"],
    members: &[("description", Text), ("url", Uri)],
    others: Extensions,
};

pub static PARAMETER: Kind = Kind {
    name: "a parameter",
    required: &["name", "in"],
    members: &[
        ("name", Text),
        ("in", OneOf(&["query", "header", "path", "cookie"])),
        ("description", Text),
        ("required", Flag),
        ("deprecated", Flag),
        ("allowEmptyValue", Flag),
        ("style", OneOf(&STYLES)),
        ("explode", Flag),
        ("allowReserved", Flag),
        ("schema", Schema),
        ("content", Mapped(&Of(&MEDIA_TYPE))),
        ("example", Any),
        ("examples", Mapped(&Of(&EXAMPLE))),
    ],
    others: Extensions,
};

pub static HEADER: Kind = Kind {
    name: "a header",
    required: &[],
    members: &[
        ("description", Text),
        ("required", Flag),
        ("deprecated", Flag),
        ("allowEmptyValue", Flag),
        ("style", OneOf(&STYLES)),
        ("explode", Flag),
        ("allowReserved", Flag),
        ("schema", Schema),
        ("content", Mapped(&Of(&MEDIA_TYPE))),
        ("example", Any),
        ("examples", Mapped(&Of(&EXAMPLE))),
    ],
    others: Extensions,
};

pub static REQUEST_BODY: Kind = Kind {
    name: "a request body",
    required: &["content"],
    members: &[
        ("description", Text),
        ("content", Mapped(&Of(&MEDIA_TYPE))),
        ("required", Flag),
    ],
    others: Extensions,
};

pub static MEDIA_TYPE: Kind = Kind {
    name: "a media type",
    required: &[],
    members: &[
        ("schema", Schema),
        ("example", Any),
        ("examples", Mapped(&Of(&EXAMPLE))),
        ("encoding", Mapped(&Of(&ENCODING))),
    ],
    others: Extensions,
};

pub static ENCODING: Kind = Kind {
    name: "an encoding",
    required: &[],
    members: &[
        ("contentType", Text),
        ("headers", Mapped(&Of(&HEADER))),
        ("style", OneOf(&STYLES)),
        ("explode", Flag),
        ("allowReserved", Flag),
    ],
    others: Extensions,
};

pub static RESPONSES: Kind = Kind {
    name: "`responses`",
    required: &[],
    members: &[("default", Of(&RESPONSE))],
    others: Statuses(&Of(&RESPONSE)),
};

pub static RESPONSE: Kind = Kind {
    name: "a response",
    required: &["description"],
    members: &[
        ("description", Text),
        ("headers", Mapped(&Of(&HEADER))),
        ("content", Mapped(&Of(&MEDIA_TYPE))),
        ("links", Mapped(&Of(&LINK))),
    ],
    others: Extensions,
};

pub static CALLBACK: Kind = Kind {
    name: "a callback",
    required: &[],
    members: &[],
    others: All(&Of(&PATH_ITEM)),
};

pub static EXAMPLE: Kind = Kind {
    name: "an example",
    required: &[],
    members: &[
        ("summary", Text),
        ("description", Text),
        ("value", Any),
        ("externalValue", Text),
    ],
    others: Extensions,
};

pub static LINK: Kind = Kind {
    name: "a link",
    required: &[],
    members: &[
        ("operationRef", Text),
        ("operationId", Text),
        ("parameters", Mapped(&Any)),
        ("requestBody", Any),
        ("description", Text),
        ("server", Of(&SERVER)),
    ],
    others: Extensions,
};

pub static TAG: Kind = Kind {
    name: "a tag",
    required: &["name"],
    members: &[
        ("name", Text),
        ("description", Text),
        ("externalDocs", Of(&EXTERNAL_DOCS)),
    ],
    others: Extensions,
};
