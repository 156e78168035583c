//! Rules of `spectral:oas` about paths, operations, tags and servers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::node::Node;
use super::{Report, Rule};

const OPERATION_ID: Rule = Rule::error("operation-operationId-unique");
const TRAILING_SLASH: Rule = Rule::error("path-keys-no-trailing-slash");
const PATH_PARAMS: Rule = Rule::error("path-params");
const TAGS: Rule = Rule::error("openapi-tags-uniqueness");
const SERVERS: Rule = Rule::error("oas3-api-servers");
const SERVER_VARIABLES: Rule = Rule::error("oas3-server-variables");

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Checks the document as OpenAPI 3.
pub fn check(root: &Node<'_>, report: &mut Report) {
    for (path, item) in root.children_of("paths") {
        if path.len() > 1 && path.ends_with('/') {
            report.add(TRAILING_SLASH, &item, "a path must not end with a slash");
        }
    }
    check_operation_ids(root, report);
    check_path_parameters(root, report);
    check_tags(root, report);
    check_servers(root, report);
    for server in every_server(root) {
        check_server_variables(&server, report);
    }
}

fn operations_of<'doc>(item: &Node<'doc>) -> Vec<Node<'doc>> {
    let members = item.children().into_iter();
    let operations =
        members.filter(|(name, node)| METHODS.contains(&name.as_str()) && node.is_object());
    operations.map(|(_, operation)| operation).collect()
}

fn check_operation_ids(root: &Node<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (_, item) in root.children_of("paths") {
        for id in operations_of(&item)
            .iter()
            .filter_map(|operation| operation.get("operationId"))
        {
            if !seen.insert(id.value().to_string()) {
                report.add(OPERATION_ID, &id, format!("{} is used before", id.value()));
            }
        }
    }
}

fn check_path_parameters(root: &Node<'_>, report: &mut Report) {
    let mut shapes = BTreeSet::new();
    for (path, item) in root.children_of("paths") {
        let template = Template::parse(&path);
        if !shapes.insert(template.shape) {
            report.add(
                PATH_PARAMS,
                &item,
                format!("`{path}` equals an earlier path but for names"),
            );
        }
        if template.names.iter().collect::<BTreeSet<_>>().len() < template.names.len() {
            report.add(
                PATH_PARAMS,
                &item,
                format!("`{path}` uses a parameter twice"),
            );
        }
        let of_path = defined_parameters(&item, report);
        for operation in operations_of(&item) {
            let mut defined = of_path.clone();
            defined.extend(defined_parameters(&operation, report));
            for (name, parameter) in &defined {
                if !template.names.contains(name) {
                    report.add(
                        PATH_PARAMS,
                        parameter,
                        format!("`{name}` is not in `{path}`"),
                    );
                }
            }
            for name in template
                .names
                .iter()
                .filter(|name| !defined.contains_key(*name))
            {
                report.add(
                    PATH_PARAMS,
                    &operation,
                    format!("`{{{name}}}` of the path is not defined"),
                );
            }
        }
    }
}

/// Collects the path parameters of a path item or operation, and reports what is wrong with them.
fn defined_parameters<'doc>(
    holder: &Node<'doc>,
    report: &mut Report,
) -> BTreeMap<String, Node<'doc>> {
    let mut defined = BTreeMap::new();
    for (_, parameter) in holder.children_of("parameters") {
        let is_path = parameter
            .get("in")
            .is_some_and(|place| place.text() == Some("path"));
        let name = parameter.get("name").filter(|_| is_path);
        let Some(name) = name.as_ref().and_then(Node::text) else {
            continue;
        };
        if parameter.get("required").map(|node| node.value()) != Some(&Value::Bool(true)) {
            report.add(
                PATH_PARAMS,
                &parameter,
                format!("`{name}` must have `required: true`"),
            );
        }
        if defined.contains_key(name) {
            report.add(
                PATH_PARAMS,
                &parameter,
                format!("`{name}` is defined twice"),
            );
        } else {
            defined.insert(name.to_owned(), parameter);
        }
    }
    defined
}

/// A path with its parameters taken out.
struct Template {
    names: Vec<String>,
    shape: String,
}

impl Template {
    fn parse(path: &str) -> Self {
        let mut template = Template {
            names: Vec::new(),
            shape: String::new(),
        };
        let mut rest = path;
        while let Some((before, from_brace)) = rest.split_once('{') {
            template.shape.push_str(before);
            let named = from_brace
                .split_once('}')
                .filter(|(name, _)| is_parameter_name(name));
            if let Some((name, after)) = named {
                template
                    .names
                    .push(name.trim_matches([';', '?', '*']).to_owned());
                template.shape.push('%');
                rest = after;
            } else {
                template.shape.push('{');
                rest = from_brace;
            }
        }
        template.shape.push_str(rest);
        template
    }
}

fn is_parameter_name(text: &str) -> bool {
    let bare = text.strip_prefix(';').unwrap_or(text);
    let bare = bare.strip_prefix('?').unwrap_or(bare);
    let bare = bare.strip_suffix('*').unwrap_or(bare);
    !bare.is_empty()
        && bare
            .chars()
            .all(|next| next.is_ascii_alphanumeric() || next == '_' || next == '-')
}

fn check_tags(root: &Node<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for name in root
        .children_of("tags")
        .iter()
        .filter_map(|(_, tag)| tag.get("name"))
    {
        if !seen.insert(name.value().to_string()) {
            report.add(
                TAGS,
                &name,
                format!("the tag {} is given twice", name.value()),
            );
        }
    }
}

fn check_servers(root: &Node<'_>, report: &mut Report) {
    let servers = root.get("servers");
    let items = servers
        .as_ref()
        .filter(|node| node.value().is_array())
        .map(|node| node.children());
    match items {
        Some(list) if !list.is_empty() => {
            for (_, server) in list.iter().filter(|(_, server)| !server.is_object()) {
                report.add(SERVERS, server, "a server must be an object");
            }
        }
        _ => report.add(
            SERVERS,
            servers.as_ref().unwrap_or(root),
            "`servers` must be a list with a server",
        ),
    }
}

/// The servers of the document, its paths, its operations and its links.
fn every_server<'doc>(root: &Node<'doc>) -> Vec<Node<'doc>> {
    let items: Vec<Node<'doc>> = root
        .children_of("paths")
        .into_iter()
        .map(|(_, item)| item)
        .collect();
    let operations: Vec<Node<'doc>> = items.iter().flat_map(operations_of).collect();
    let holders = std::iter::once(root).chain(&items).chain(&operations);
    let mut servers: Vec<Node<'doc>> = holders
        .flat_map(|node| node.children_of("servers"))
        .map(second)
        .collect();
    let components = root.get("components");
    let shared = components
        .iter()
        .flat_map(|node| node.children_of("responses"))
        .map(second);
    let own = operations
        .iter()
        .flat_map(|node| node.children_of("responses"))
        .map(second);
    let links_of_responses = shared
        .chain(own)
        .flat_map(|response| response.children_of("links"));
    let links =
        links_of_responses.chain(components.iter().flat_map(|node| node.children_of("links")));
    servers.extend(links.filter_map(|(_, link)| link.get("server")));
    servers
}

fn second<'doc>(named: (String, Node<'doc>)) -> Node<'doc> {
    named.1
}

fn check_server_variables(server: &Node<'_>, report: &mut Report) {
    let Some(url) = server.get("url").and_then(|node| node.text()) else {
        report.add(
            SERVER_VARIABLES,
            server,
            "a server must be an object with a `url`",
        );
        return;
    };
    let in_url: Vec<&str> = url
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect();
    let variables = server.children_of("variables");
    for (name, variable) in &variables {
        if !in_url.contains(&name.as_str()) {
            report.add(
                SERVER_VARIABLES,
                variable,
                format!("`{name}` is not in the address"),
            );
            continue;
        }
        let Some(default) = variable.get("default") else {
            report.add(
                SERVER_VARIABLES,
                variable,
                format!("`{name}` has no default"),
            );
            continue;
        };
        let allowed = variable
            .get("enum")
            .and_then(|node| node.value().as_array());
        if allowed.is_some_and(|values| !values.contains(default.value())) {
            report.add(
                SERVER_VARIABLES,
                &default,
                format!("the default of `{name}` is not in its `enum`"),
            );
        }
    }
    for name in in_url
        .iter()
        .filter(|name| !variables.iter().any(|(known, _)| known == *name))
    {
        let place = server.get("variables");
        report.add(
            SERVER_VARIABLES,
            place.as_ref().unwrap_or(server),
            format!("`{name}` is not described"),
        );
    }
}
