//! Who may see a statement: markings, levels, property classes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Confidentiality, low to high: the eight values of `vertrouwelijkheidaanduiding` (VNG, ZGW APIs, Zaken 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the standard's own names, explained by the type"
)]
pub enum Level {
    Openbaar,
    BeperktOpenbaar,
    Intern,
    Zaakvertrouwelijk,
    Vertrouwelijk,
    Confidentieel,
    Geheim,
    ZeerGeheim,
}

impl Level {
    /// All levels, low to high.
    pub const ALL: [Self; 8] = [
        Self::Openbaar,
        Self::BeperktOpenbaar,
        Self::Intern,
        Self::Zaakvertrouwelijk,
        Self::Vertrouwelijk,
        Self::Confidentieel,
        Self::Geheim,
        Self::ZeerGeheim,
    ];

    /// 0 for `openbaar` to 7 for `zeer_geheim`: what policies compare.
    pub fn rank(self) -> u8 {
        self as u8
    }

    /// The standard's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Openbaar => "openbaar",
            Self::BeperktOpenbaar => "beperkt_openbaar",
            Self::Intern => "intern",
            Self::Zaakvertrouwelijk => "zaakvertrouwelijk",
            Self::Vertrouwelijk => "vertrouwelijk",
            Self::Confidentieel => "confidentieel",
            Self::Geheim => "geheim",
            Self::ZeerGeheim => "zeer_geheim",
        }
    }

    /// Reads the standard's spelling.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// What kind of fact a property is, for who may read it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PropertyClass {
    /// Nothing special.
    #[default]
    Ordinary,
    /// Tells who a person is.
    Identifying,
    /// A BSN, A-number or RSIN (UAVG article 46).
    NationalNumber,
    /// Money.
    Financial,
    /// Criminal data (GDPR article 10).
    Criminal,
    /// Text that people typed; may hold anything.
    FreeText,
    /// Nationality, birth country, residence title, religion, health, name origin: never pattern input.
    Protected,
}

impl PropertyClass {
    /// All classes.
    pub const ALL: [Self; 7] = [
        Self::Ordinary,
        Self::Identifying,
        Self::NationalNumber,
        Self::Financial,
        Self::Criminal,
        Self::FreeText,
        Self::Protected,
    ];

    /// The spelling in schema and policy files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Identifying => "identifying",
            Self::NationalNumber => "national_number",
            Self::Financial => "financial",
            Self::Criminal => "criminal",
            Self::FreeText => "free_text",
            Self::Protected => "protected",
        }
    }
}

/// A set of property classes. The default is empty: nothing may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ClassSet(u8);

impl ClassSet {
    /// No class.
    pub const EMPTY: Self = Self(0);

    /// Adds a class.
    pub fn insert(&mut self, class: PropertyClass) {
        self.0 |= 1 << class as u8;
    }

    /// The set as bits, in order of [`PropertyClass::ALL`].
    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    /// The set that [`Self::bits`] gives these bits.
    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The classes that are in both.
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the class is in.
    pub fn contains(self, class: PropertyClass) -> bool {
        self.0 & (1 << class as u8) != 0
    }
}

/// Who may see a statement: its owner, level, source and the purposes that it was collected for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Marking {
    /// Organisation that owns the statement.
    pub organisation: String,
    /// Department of it.
    pub department: String,
    /// Confidentiality.
    pub level: Level,
    /// Source that made the statement.
    pub source: String,
    /// Purposes it was collected for; empty: the policy alone decides.
    pub purposes: BTreeSet<String>,
}

/// A marking, interned: two bytes on each statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MarkingId(pub(crate) u16);

impl MarkingId {
    /// Position in the table.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Says why a marking could not be interned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkingTableError {
    /// The two bytes are used up.
    #[error("more than {0} different markings: mark by department and level, not by row")]
    Full(usize),
}

/// All markings of a store, in order of arrival. The order is never shown.
#[derive(Debug, Clone, Default)]
pub struct MarkingTable {
    markings: Vec<Arc<Marking>>,
    ids: HashMap<Arc<Marking>, MarkingId>,
}

impl MarkingTable {
    /// Most markings a store can hold. 2 bytes each; a clearance is a table of this size at most.
    pub const MARKINGS_MAX: usize = 65_535;

    /// Returns the id of a marking, giving it one if it is new.
    ///
    /// # Errors
    /// [`MarkingTableError::Full`] past [`Self::MARKINGS_MAX`].
    pub fn intern(&mut self, marking: &Marking) -> Result<MarkingId, MarkingTableError> {
        if let Some(&id) = self.ids.get(marking) {
            return Ok(id);
        }
        let next = self.markings.len();
        if next >= Self::MARKINGS_MAX {
            return Err(MarkingTableError::Full(Self::MARKINGS_MAX));
        }
        let id = MarkingId(next as u16);
        let shared = Arc::new(marking.clone());
        self.markings.push(Arc::clone(&shared));
        self.ids.insert(shared, id);
        Ok(id)
    }

    /// The marking with this id.
    pub fn get(&self, id: MarkingId) -> Option<&Marking> {
        self.markings.get(id.index()).map(Arc::as_ref)
    }

    /// All markings with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (MarkingId, &Marking)> {
        self.markings
            .iter()
            .enumerate()
            .map(|(index, marking)| (MarkingId(index as u16), marking.as_ref()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.markings.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.markings.is_empty()
    }
}
