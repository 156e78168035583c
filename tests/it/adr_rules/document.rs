//! Rules about the document as a whole: its version, its contact, its servers.

use serde_json::Value;

use super::node::Node;
use super::{Report, Rule};

const OPENAPI_3: Rule = Rule::error("nlgov:openapi3");
const ROOT_EXISTS: Rule = Rule::error("nlgov:openapi-root-exists");
const UNRECOGNISED: Rule = Rule::warn("unrecognized-format");
const CONTACT: Rule = Rule::error("info-contact");
const CONTACT_FIELDS: Rule = Rule::error("nlgov:info-contact-fields-exist");
const SEMVER: Rule = Rule::error("nlgov:semver");
const MAJOR_VERSION: Rule = Rule::error("nlgov:include-major-version-in-uri");
const HTTPS: Rule = Rule::warn("nlgov:servers-use-https");

/// Checks version, contact and servers.
pub fn check(root: &Node<'_>, report: &mut Report) {
    check_openapi(root, report);
    check_info(root, report);
    check_servers(root, report);
}

/// Tells whether Spectral would read this as OpenAPI 3: the major number is 3.
pub fn is_openapi_3(root: &Node<'_>) -> bool {
    let version = match root.get("openapi").map(|node| node.value()) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return false,
    };
    version
        .strip_prefix('3')
        .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
}

fn check_openapi(root: &Node<'_>, report: &mut Report) {
    let openapi = root.get("openapi");
    if !openapi.as_ref().is_some_and(Node::is_truthy) {
        report.add(
            ROOT_EXISTS,
            openapi.as_ref().unwrap_or(root),
            "the document must have `openapi`",
        );
    }
    if !is_openapi_3(root) {
        report.add(UNRECOGNISED, root, "this is not an OpenAPI 3 document");
    }
    if let Some(node) = openapi
        && node.text().is_some_and(|version| !is_version_3(version))
    {
        report.add(
            OPENAPI_3,
            &node,
            "`openapi` must be a version 3, as in `3.1.0`",
        );
    }
}

fn check_info(root: &Node<'_>, report: &mut Report) {
    let info = root.get("info");
    let contact = root.at(&["info", "contact"]);
    // Officially this rule alone of those on `info` is for OpenAPI documents only.
    if is_openapi_3(root) && !contact.as_ref().is_some_and(Node::is_truthy) {
        let place = contact.as_ref().or(info.as_ref()).unwrap_or(root);
        report.add(CONTACT, place, "`info` must have a `contact`");
    }
    if let Some(node) = contact
        && node.is_object()
        && ["email", "name", "url"]
            .iter()
            .any(|field| node.get(field).is_none())
    {
        report.add(
            CONTACT_FIELDS,
            &node,
            "`contact` must have `email`, `name` and `url`",
        );
    }
    if let Some(node) = root.at(&["info", "version"])
        && node.text().is_some_and(|version| !is_semver(version))
    {
        report.add(SEMVER, &node, "`version` must be semver, as in `1.0.2`");
    }
}

fn check_servers(root: &Node<'_>, report: &mut Report) {
    let own_servers = root.children_of("servers");
    for address in own_servers
        .iter()
        .filter_map(|(_, server)| address_of(server))
    {
        if address.text().is_some_and(|text| !has_major_version(text)) {
            report.add(
                MAJOR_VERSION,
                &address,
                "the address must hold the major version, as in `/v1`",
            );
        }
    }
    let in_paths = root
        .get("paths")
        .map(|paths| paths.everything_reachable())
        .unwrap_or_default();
    let lists_in_paths = in_paths.iter().filter(|(name, _)| name == "servers");
    let servers_in_paths = lists_in_paths.flat_map(|(_, list)| list.children());
    for (_, server) in own_servers.into_iter().chain(servers_in_paths) {
        let address = address_of(&server);
        if let Some(node) =
            address.filter(|node| node.text().is_some_and(|text| text.starts_with("http://")))
        {
            report.add(HTTPS, &node, "the address must use https");
        }
    }
}

/// The `url` of a server, or the server itself where someone wrote a plain text.
fn address_of<'doc>(server: &Node<'doc>) -> Option<Node<'doc>> {
    if server.is_object() {
        server.get("url")
    } else {
        Some(server.clone())
    }
}

/// The official `^3(.\d+){1,2}$`, in which the point stands for any character.
fn is_version_3(version: &str) -> bool {
    let Some(rest) = version.strip_prefix('3') else {
        return false;
    };
    let mut characters = rest.chars();
    if characters.next().is_none() {
        return false;
    }
    let minor_on = characters.as_str();
    let patch_on = minor_on.trim_start_matches(|next: char| next.is_ascii_digit());
    let mut after_minor = patch_on.chars();
    let has_minor = patch_on.len() < minor_on.len();
    has_minor && (after_minor.next().is_none() || is_digits(after_minor.as_str()))
}

/// The official `\/v[\d+]`; the plus is part of the set there, so it is here.
fn has_major_version(url: &str) -> bool {
    let after_each_v = url.split("/v").skip(1);
    after_each_v
        .into_iter()
        .any(|rest| rest.starts_with(|next: char| next.is_ascii_digit() || next == '+'))
}

/// Semantic versioning 2.0.0, the expression given at semver.org.
fn is_semver(version: &str) -> bool {
    let (before_build, build) = split_once_or_none(version, '+');
    let (core, pre_release) = split_once_or_none(before_build, '-');
    let numbers: Vec<&str> = core.split('.').collect();
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || next == '-')
    };
    numbers.len() == 3
        && numbers.iter().all(|number| is_plain_number(number))
        && pre_release.is_none_or(|parts| {
            parts
                .split('.')
                .all(|part| is_part(part) && (!is_digits(part) || is_plain_number(part)))
        })
        && build.is_none_or(|parts| parts.split('.').all(is_part))
}

fn split_once_or_none(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark)
        .map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_plain_number(text: &str) -> bool {
    is_digits(text) && (text == "0" || !text.starts_with('0'))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_official_expressions_read_them() {
        for good in ["1.0.0", "0.0.1", "1.2.3-rc.1", "1.2.3-0a.x-y+build.007"] {
            assert!(is_semver(good), "`{good}` is semver");
        }
        for bad in [
            "1.2",
            "1.0.1_incorrect",
            "01.0.0",
            "1.0.0-",
            "1.0.0-01",
            "1.0.0+",
            "v1.0.0",
            "",
        ] {
            assert!(!is_semver(bad), "`{bad}` is not semver");
        }
        assert!(is_version_3("3.0.3") && is_version_3("3.1"));
        assert!(!is_version_3("3") && !is_version_3("2.0") && !is_version_3("3.0.0-rc0"));
        assert!(has_major_version("https://example.com/api/v1") && has_major_version("/v/v2/x"));
        assert!(!has_major_version("https://example.com/vx"));
    }
}
