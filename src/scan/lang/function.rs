//! The functions there are.

use super::ir::AggregateKind;

/// A function of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Size,
    Length,
    Nodes,
    Relationships,
    Id,
    Labels,
    Type,
    Keys,
    Properties,
    Coalesce,
    Head,
    Last,
    Tail,
    Range,
    Reverse,
    Abs,
    Floor,
    Ceil,
    Round,
    Sign,
    Sqrt,
    ToInteger,
    ToFloat,
    ToString,
    ToBoolean,
    ToLower,
    ToUpper,
    Trim,
    LeftTrim,
    RightTrim,
    Split,
    Substring,
    Left,
    Right,
    Replace,
    StartNode,
    EndNode,
    Exists,
    Rand,
    Date,
    DaysBetween,
    Decay,
    ValidAt,
    Overlaps,
    OverlapDays,
    Owners,
    Sources,
}

/// A function, its name, and how many arguments it takes.
pub(crate) struct Known {
    pub name: &'static str,
    pub function: Function,
    pub least: usize,
    pub most: usize,
    /// What it takes, for messages.
    pub takes: &'static str,
}

const fn known(
    name: &'static str,
    function: Function,
    least: usize,
    most: usize,
    takes: &'static str,
) -> Known {
    Known {
        name,
        function,
        least,
        most,
        takes,
    }
}

/// All functions of values, by name.
pub(crate) const FUNCTIONS: [Known; 47] = [
    known("size", Function::Size, 1, 1, "list or text"),
    known("length", Function::Length, 1, 1, "path"),
    known("nodes", Function::Nodes, 1, 1, "path"),
    known("relationships", Function::Relationships, 1, 1, "path"),
    known("id", Function::Id, 1, 1, "node or edge"),
    known("labels", Function::Labels, 1, 1, "node"),
    known("type", Function::Type, 1, 1, "edge"),
    known("keys", Function::Keys, 1, 1, "map"),
    known("properties", Function::Properties, 1, 1, "map"),
    known("coalesce", Function::Coalesce, 1, usize::MAX, "values"),
    known("head", Function::Head, 1, 1, "list"),
    known("last", Function::Last, 1, 1, "list"),
    known("tail", Function::Tail, 1, 1, "list"),
    known("range", Function::Range, 2, 3, "start, end, step"),
    known("reverse", Function::Reverse, 1, 1, "list or text"),
    known("abs", Function::Abs, 1, 1, "number"),
    known("floor", Function::Floor, 1, 1, "number"),
    known("ceil", Function::Ceil, 1, 1, "number"),
    known("round", Function::Round, 1, 1, "number"),
    known("sign", Function::Sign, 1, 1, "number"),
    known("sqrt", Function::Sqrt, 1, 1, "number"),
    known("toInteger", Function::ToInteger, 1, 1, "number or text"),
    known("toFloat", Function::ToFloat, 1, 1, "number or text"),
    known("toString", Function::ToString, 1, 1, "value"),
    known(
        "toBoolean",
        Function::ToBoolean,
        1,
        1,
        "truth value or text",
    ),
    known("toLower", Function::ToLower, 1, 1, "text"),
    known("toUpper", Function::ToUpper, 1, 1, "text"),
    known("trim", Function::Trim, 1, 1, "text"),
    known("lTrim", Function::LeftTrim, 1, 1, "text"),
    known("rTrim", Function::RightTrim, 1, 1, "text"),
    known("split", Function::Split, 2, 2, "text, separator"),
    known(
        "substring",
        Function::Substring,
        2,
        3,
        "text, start, length",
    ),
    known("left", Function::Left, 2, 2, "text, length"),
    known("right", Function::Right, 2, 2, "text, length"),
    known("replace", Function::Replace, 3, 3, "text, what, by what"),
    known("startNode", Function::StartNode, 1, 1, "edge"),
    known("endNode", Function::EndNode, 1, 1, "edge"),
    known("exists", Function::Exists, 1, 1, "property or pattern"),
    known("rand", Function::Rand, 0, 0, "nothing"),
    known("date", Function::Date, 1, 1, "text"),
    known("days_between", Function::DaysBetween, 2, 2, "date, date"),
    known("decay", Function::Decay, 2, 2, "days, days"),
    known("valid_at", Function::ValidAt, 2, 2, "edge, date"),
    known("overlaps", Function::Overlaps, 2, 2, "edge, edge"),
    known("overlap_days", Function::OverlapDays, 2, 2, "edge, edge"),
    known("owners", Function::Owners, 1, 1, "node or edge"),
    known("sources", Function::Sources, 1, 1, "node or edge"),
];

/// The function with this name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Known> {
    FUNCTIONS
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(name))
}

/// The aggregate with this name, in any case, and how many arguments it takes.
pub(crate) fn aggregate(name: &str) -> Option<(AggregateKind, usize)> {
    Some(match name.to_ascii_lowercase().as_str() {
        "count" => (AggregateKind::Count, 1),
        "sum" => (AggregateKind::Sum, 1),
        "min" => (AggregateKind::Min, 1),
        "max" => (AggregateKind::Max, 1),
        "avg" => (AggregateKind::Average, 1),
        "collect" => (AggregateKind::Collect, 1),
        "percentiledisc" => (AggregateKind::PercentileDisc, 2),
        "percentilecont" => (AggregateKind::PercentileCont, 2),
        "stdev" => (AggregateKind::Deviation, 1),
        "stdevp" => (AggregateKind::DeviationOfAll, 1),
        _ => return None,
    })
}

/// Functions of other dialects that are refused by name.
pub(crate) fn refused(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name.to_ascii_lowercase().as_str() {
        "rand" | "randomuuid" => (
            "toeval is er niet: dezelfde vraag geeft hetzelfde antwoord",
            "chance is not there: the same query gives the same answer",
        ),
        "now" | "timestamp" | "datetime" | "localdatetime" | "localtime" | "time" => (
            "de klok is er niet: `$as_of` is de dag waarover de vraag gaat",
            "the clock is not there: `$as_of` is the day that the query is about",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_function_stands_twice() {
        let mut names: Vec<String> = FUNCTIONS
            .iter()
            .map(|one| one.name.to_lowercase())
            .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), FUNCTIONS.len());
    }
}
