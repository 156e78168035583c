//! Words that names, numbers and addresses are found by.

use super::schema::FindBy;
use super::shape::Shape;

/// Longest token in bytes. A longer word is cut: its beginning finds it.
pub const TOKEN_BYTES_MAX: usize = 64;

/// Folds a text to lower-case ASCII words: diacritics go, `ij` and `y` fall together, everything else that is no letter or digit
/// parts words.
pub fn fold(text: &str) -> Vec<String> {
    let ascii = deunicode::deunicode(text).to_lowercase();
    ascii
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut word = word.replace("ij", "y");
            word.truncate(TOKEN_BYTES_MAX);
            word
        })
        .collect()
}

/// The tokens under which a value is filed: each word of a name, a whole number, a whole address, the cell of a place.
pub fn tokens(kind: FindBy, text: &str) -> Vec<String> {
    let mut tokens = match kind {
        FindBy::Name => fold(text),
        FindBy::Number => vec![fold(text).concat()],
        FindBy::Address => vec![fold(text).join(" ")],
        FindBy::Place => Shape::parse(text)
            .map(|shape| shape.cell())
            .into_iter()
            .collect(),
    };
    for token in &mut tokens {
        token.truncate(TOKEN_BYTES_MAX);
    }
    tokens.retain(|token| !token.is_empty());
    tokens.sort();
    tokens.dedup();
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_diacritics_and_with_either_ij() {
        assert_eq!(
            tokens(FindBy::Name, "Çelik-van der Meÿden"),
            ["celik", "der", "meyden", "van"]
        );
        assert_eq!(
            tokens(FindBy::Name, "van der Meijden"),
            ["der", "meyden", "van"]
        );
        assert_eq!(tokens(FindBy::Number, "AB-12.CD"), ["ab12cd"]);
        assert_eq!(
            tokens(FindBy::Address, "Havenstraat 12-A"),
            ["havenstraat 12 a"]
        );
        assert!(tokens(FindBy::Name, " - ").is_empty());
    }
}
