//! Source files that are built in, for the registers that every municipality has.

/// Names and texts, in order of name.
const SOURCES: [(&str, &str); 9] = [
    ("bag", include_str!("sources/bag.toml")),
    ("brk", include_str!("sources/brk.toml")),
    ("brk-kaart", include_str!("sources/brk-kaart.toml")),
    ("brp", include_str!("sources/brp.toml")),
    ("brp-bewoning", include_str!("sources/brp-bewoning.toml")),
    ("brp-lo3", include_str!("sources/brp-lo3.toml")),
    ("brp-personen", include_str!("sources/brp-personen.toml")),
    ("ftm", include_str!("sources/ftm.toml")),
    ("kvk", include_str!("sources/kvk.toml")),
];

/// The text of a built-in source file. Its `files` are where the test data of the project lies; give your own to
/// [`super::SourceFile::parse`].
pub fn builtin(name: &str) -> Option<&'static str> {
    SOURCES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|&(_, text)| text)
}

/// Names of the built-in source files, in order.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|&(name, _)| name)
}
