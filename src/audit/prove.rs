//! Proofs for an auditor who has signed checkpoints and not the log.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::AuditError;
use super::merkle::{
    Hash, Tree, consistency_proof, inclusion_proof, is_consistent, is_included, leaf,
};
use super::read::{Start, walk};

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A hash in it cannot be read.
    #[error("a hash of the proof cannot be read")]
    Form,
    /// No checkpoint of this size was given.
    #[error("the proof needs the checkpoint of {0} records: give it by `--checkpoint`")]
    NoCheckpoint(u64),
    /// It does not hold.
    #[error(
        "the proof does not hold: the record is not in that place, or the later log does not hold the earlier one"
    )]
    Wrong,
}

/// A proof, as it is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Proof {
    /// That a record stands in the log.
    Inclusion {
        /// Its position, from 1.
        n: u64,
        /// Number of records of the checkpoint.
        size: u64,
        /// The record, as it stands in the log without its hash.
        record: String,
        /// Hashes, base64.
        hashes: Vec<String>,
    },
    /// That a later log holds all of an earlier one.
    Consistency {
        /// Number of records of the earlier checkpoint.
        old: u64,
        /// Number of records of the later one.
        new: u64,
        /// Hashes, base64.
        hashes: Vec<String>,
    },
}

impl Proof {
    /// Checks the proof against trees whose roots are signed.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn check(&self, trees: &[Tree]) -> Result<(), ProofError> {
        let tree = |size: u64| {
            let mut trees = trees.iter();
            trees
                .find(|tree| tree.size == size)
                .copied()
                .ok_or(ProofError::NoCheckpoint(size))
        };
        let holds = match self {
            Self::Inclusion {
                n,
                size,
                record,
                hashes,
            } => {
                let index = n.checked_sub(1).ok_or(ProofError::Wrong)?;
                let root = tree(*size)?.root;
                is_included(leaf(record), index, *size, &read(hashes)?, root)
            }
            Self::Consistency { old, new, hashes } => {
                is_consistent(tree(*old)?, tree(*new)?, &read(hashes)?)
            }
        };
        holds.then_some(()).ok_or(ProofError::Wrong)
    }
}

fn write(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

fn read(hashes: &[String]) -> Result<Vec<Hash>, ProofError> {
    let hash = |text: &String| Hash::try_from(STANDARD.decode(text).ok()?).ok();
    hashes
        .iter()
        .map(|text| hash(text).ok_or(ProofError::Form))
        .collect()
}

/// Proves that the record at position `n` stands in the log of `size` records.
///
/// # Errors
/// As [`verify`](super::verify); [`AuditError::NoRecord`] if there is none in that place.
///
/// # Cost
/// Time O(bytes of the log), memory 32 bytes per record.
pub fn prove_inclusion(directory: &Path, n: u64, size: u64) -> Result<Proof, AuditError> {
    let mut record = None;
    let leaves = leaves(directory, size, &mut |number, json| {
        if number == n {
            record = Some(json.to_owned());
        }
    })?;
    let index = n
        .checked_sub(1)
        .and_then(|index| usize::try_from(index).ok());
    let hashes = index.and_then(|index| inclusion_proof(&leaves, index));
    let (Some(record), Some(hashes)) = (record, hashes) else {
        return Err(AuditError::NoRecord(n));
    };
    Ok(Proof::Inclusion {
        n,
        size,
        record,
        hashes: write(&hashes),
    })
}

/// Proves that the log of `new` records holds that of `old` ones.
///
/// # Errors
/// As [`prove_inclusion`].
pub fn prove_consistency(directory: &Path, old: u64, new: u64) -> Result<Proof, AuditError> {
    let leaves = leaves(directory, new, &mut |_, _| {})?;
    let hashes = usize::try_from(old)
        .ok()
        .and_then(|old| consistency_proof(&leaves, old))
        .ok_or(AuditError::NoRecord(old))?;
    Ok(Proof::Consistency {
        old,
        new,
        hashes: write(&hashes),
    })
}

fn leaves(
    directory: &Path,
    size: u64,
    visit: &mut dyn FnMut(u64, &str),
) -> Result<Vec<Hash>, AuditError> {
    let mut leaves = Vec::new();
    let verified = walk(directory, Start::beginning(), &mut |seen| {
        if seen.line.n <= size {
            leaves.push(leaf(seen.json));
            visit(seen.line.n, seen.json);
        }
        Ok(())
    })?;
    if verified.end.n < size {
        return Err(AuditError::NoRecord(size));
    }
    Ok(leaves)
}
