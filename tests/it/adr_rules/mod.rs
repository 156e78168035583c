//! Checks an OpenAPI document against the Dutch API Design Rules (ADR) of Logius.
//!
//! The official linter is a Spectral ruleset, which needs Node.js. This is its counterpart in plain
//! Rust, so that `cargo test` alone proves our own `openapi.json`. The codes, severities and paths
//! are those of the official linter; the messages are our own.
//!
//! # What it covers
//! All `nlgov:` rules, oddities included, and of `spectral:oas` the rules the ADR switches on.
//! `adr_cases.rs` holds this against the 26 official cases: code, severity and path of every finding.
//!
//! # What it deliberately does not do
//! - `oas3-schema` ([`structure`]) knows the objects of OpenAPI 3.0 and 3.1: required and unknown
//!   members and their types. It names the member at fault, where Spectral may name its parent or
//!   give several findings. Not judged: which `style` goes with which `in`, relative addresses, and
//!   in a schema of 3.1 any keyword unknown to it.
//! - `oas3-valid-*-example` ([`examples`]) gives one finding for each wrong example, at the example
//!   itself; [`validate`] lists the keywords it does not judge.
//! - `invalid-ref` also stands for a `$ref` out of the document: nothing is fetched. What else is
//!   found behind a broken reference may differ from Spectral.
//! - `oas3-server-variables` does not try the addresses the variables can make.
//! - OpenAPI 2 is no OpenAPI here, and 3.2 is read as 3.1.
//!
//! # Invariants
//! INVARIANT (one place, one finding): a code is given at most once for a path, however many
//! references lead there. Findings are sorted by path, then by code.

mod dates;
mod document;
mod examples;
mod names;
mod node;
mod operations;
mod responses;
mod structure;
mod validate;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use node::Node;

/// How much a finding weighs, as in the official ruleset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A rule of the standard is broken.
    Error,
    /// Advice; the official linter still exits with success.
    Warn,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Severity::Error => "error",
            Severity::Warn => "warning",
        })
    }
}

/// One place where the document breaks one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where, as Spectral prints it: `paths./a.get.responses[200].headers`, empty for the document.
    pub path: String,
    /// The code of the rule, such as `nlgov:semver`.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, in our own words.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() {
            "(the document)"
        } else {
            &self.path
        };
        write!(
            formatter,
            "{:7}  {}  {}\n         {}",
            self.severity, self.code, place, self.message
        )
    }
}

/// Finds every place where `document` breaks a rule.
///
/// Order: ascending path, then code. Shape: at most one finding for a code and a path.
pub fn findings(document: &Value) -> Vec<Finding> {
    let root = Node::root(document);
    let mut report = Report::default();
    document::check(&root, &mut report);
    names::check(&root, &mut report);
    responses::check(&root, &mut report);
    dates::check(&root, &mut report);
    node::check_references(&root, &mut report);
    // As in Spectral, what is no OpenAPI 3 document is not judged as one.
    if document::is_openapi_3(&root) {
        operations::check(&root, &mut report);
        structure::check(&root, &mut report);
        examples::check(&root, &mut report);
    }
    report.into_findings()
}

/// Tells whether `document` keeps every rule; advice counts too.
///
/// # Errors
/// A text for people, that lists each finding on two lines.
pub fn is_conformant(document: &Value) -> Result<(), String> {
    let found = findings(document);
    if found.is_empty() {
        return Ok(());
    }
    let listed: Vec<String> = found.iter().map(Finding::to_string).collect();
    Err(format!(
        "{} findings against the Dutch API Design Rules:\n{}",
        found.len(),
        listed.join("\n")
    ))
}

/// A rule of the set: its official code and weight.
#[derive(Clone, Copy, Debug)]
struct Rule {
    code: &'static str,
    severity: Severity,
}

impl Rule {
    const fn error(code: &'static str) -> Self {
        Rule {
            code,
            severity: Severity::Error,
        }
    }

    const fn warn(code: &'static str) -> Self {
        Rule {
            code,
            severity: Severity::Warn,
        }
    }
}

/// Gathers findings and keeps INVARIANT (one place, one finding).
#[derive(Default)]
struct Report {
    seen: BTreeSet<(String, &'static str)>,
    found: Vec<Finding>,
}

impl Report {
    fn add(&mut self, rule: Rule, place: &Node<'_>, message: impl Into<String>) {
        let path = place.printed_path();
        if self.seen.insert((path.clone(), rule.code)) {
            self.found.push(Finding {
                path,
                code: rule.code,
                severity: rule.severity,
                message: message.into(),
            });
        }
    }

    fn into_findings(mut self) -> Vec<Finding> {
        self.found.sort();
        self.found
    }
}
