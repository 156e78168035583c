//! What the policy decided for one caller and purpose: a table over markings.

use crate::model::{ClassSet, MarkingId, PropertyClass};

/// How much of an element shows. Ordered: each includes what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosure {
    /// Nothing, not even that it is there. The same, byte for byte, as missing.
    Hidden,
    /// That it is there, and properties that do not tell who it is.
    Masked,
    /// Its identifying properties too.
    Full,
}

/// What one marking grants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grant {
    /// Classes of properties that may be read; `None` where the element itself may not be seen.
    pub classes: Option<ClassSet>,
    /// Rules that let the caller see it, by name, ascending.
    pub rules: Vec<String>,
}

/// The decisions for one caller and purpose. A marking that is not in the table is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clearance {
    grants: Vec<Grant>,
    /// By marking, whether who it is may be unmasked: in a case, with a reason, for some hours.
    unmaskable: Vec<bool>,
}

impl Clearance {
    /// Takes the grants in order of [`MarkingId`].
    pub fn new(grants: Vec<Grant>) -> Self {
        Self {
            grants,
            unmaskable: Vec::new(),
        }
    }

    /// Takes, in order of [`MarkingId`], whether who it is may be unmasked. Without it nothing may.
    pub fn with_unmaskable(mut self, unmaskable: Vec<bool>) -> Self {
        self.unmaskable = unmaskable;
        self
    }

    /// Digest of the grants: equal for equal sight, whoever it was decided for.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint_of(usize::MAX)
    }

    /// Number of markings that something was decided for.
    pub fn markings(&self) -> usize {
        self.grants.len()
    }

    /// Digest of the grants for the first `markings` only: equal for what was decided before others came.
    pub fn fingerprint_of(&self, markings: usize) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for grant in self.grants.iter().take(markings) {
            match grant.classes {
                None => hasher.update(&[0]),
                Some(classes) => hasher.update(&[1, classes.bits()]),
            };
            // Numbers and lengths go before what they count, so that no two clearances give the same bytes.
            hasher.update(&(grant.rules.len() as u64).to_le_bytes());
            for rule in &grant.rules {
                hasher.update(&(rule.len() as u64).to_le_bytes());
                hasher.update(rule.as_bytes());
            }
        }
        for &unmaskable in self.unmaskable.iter().take(markings) {
            hasher.update(&[2, u8::from(unmaskable)]);
        }
        hasher.finalize().into()
    }

    /// What both let be seen: no more than either. The rules told are those of this one.
    pub fn intersection(&self, other: &Self) -> Self {
        let grants = self.grants.iter().zip(&other.grants);
        let both = grants.map(|(one, other)| match (one.classes, other.classes) {
            (Some(classes), Some(others)) => Grant {
                classes: Some(classes.intersection(others)),
                rules: one.rules.clone(),
            },
            (None, _) | (_, None) => Grant::default(),
        });
        Self::new(both.collect())
    }

    /// For the first `markings`, the classes that each lets through, as bits: what [`Self::within`] takes.
    pub fn table(&self, markings: usize) -> Vec<Option<u8>> {
        let grants = self.grants.iter().take(markings);
        grants
            .map(|grant| grant.classes.map(ClassSet::bits))
            .collect()
    }

    /// What of this was let through then, too: no more than either.
    pub fn within(&self, then: &[Option<u8>]) -> Self {
        let then = then.iter().map(|bits| Grant {
            classes: bits.map(ClassSet::from_bits),
            rules: Vec::new(),
        });
        self.intersection(&Self::new(then.collect()))
    }

    /// The classes that a marking lets through; `None` if it hides its statements.
    #[inline]
    pub fn classes(&self, marking: MarkingId) -> Option<ClassSet> {
        self.grants
            .get(marking.index())
            .and_then(|grant| grant.classes)
    }

    /// The classes that a marking lets through of a node that was unmasked.
    pub fn unmasked_classes(&self, marking: MarkingId) -> Option<ClassSet> {
        let mut classes = self.classes(marking)?;
        if self.unmaskable.get(marking.index()) == Some(&true) {
            classes.insert(PropertyClass::Identifying);
        }
        Some(classes)
    }

    /// The rules that let statements with this marking be seen.
    pub fn rules(&self, marking: MarkingId) -> &[String] {
        self.grants
            .get(marking.index())
            .map_or(&[], |grant| &grant.rules)
    }

    /// How much of an element a marking shows.
    pub fn disclosure(&self, marking: MarkingId) -> Disclosure {
        match self.classes(marking) {
            None => Disclosure::Hidden,
            Some(classes) if classes.contains(PropertyClass::Identifying) => Disclosure::Full,
            Some(_) => Disclosure::Masked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(classes: Option<ClassSet>, rules: &[&str]) -> Grant {
        Grant {
            classes,
            rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
        }
    }

    #[test]
    fn what_two_see_in_common_is_no_more_than_either_sees() {
        let mut ordinary = ClassSet::EMPTY;
        ordinary.insert(PropertyClass::Ordinary);
        let mut both = ordinary;
        both.insert(PropertyClass::Identifying);
        let one = Clearance::new(vec![
            grant(Some(both), &["a"]),
            grant(Some(both), &["a"]),
            grant(None, &[]),
        ]);
        let other = Clearance::new(vec![
            grant(Some(ordinary), &["b"]),
            grant(None, &[]),
            grant(Some(both), &["b"]),
        ]);
        let common = one.intersection(&other);
        assert_eq!(
            common.grants,
            [
                grant(Some(ordinary), &["a"]),
                grant(None, &[]),
                grant(None, &[]),
            ]
        );
    }

    #[test]
    fn clearances_that_differ_never_share_a_fingerprint() {
        // The eight bytes of an empty name's length once read as eight markings without a grant.
        let seen = grant(Some(ClassSet::EMPTY), &[""]);
        let unnamed = grant(Some(ClassSet::EMPTY), &[]);
        let hidden = grant(None, &[]);
        let one = Clearance::new(
            [
                vec![seen.clone()],
                vec![unnamed.clone()],
                vec![hidden.clone(); 8],
            ]
            .concat(),
        );
        let other = Clearance::new([vec![unnamed], vec![hidden; 8], vec![seen]].concat());
        assert_ne!(one, other);
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
