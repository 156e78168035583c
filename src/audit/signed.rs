//! Signed checkpoints: where the log stands, in a form that anyone can check who has the public key.
//!
//! The form is that of C2SP `tlog-checkpoint` and `signed-note`: origin, number of records, root of the Merkle tree in
//! base64, then lines of our own, an empty line and an Ed25519 signature. Our own lines say how to go on from here: the hash
//! of the chain, the file and the place in it, and the complete parts of the tree.
//!
//! A checkpoint that lies beside the log proves nothing against who can write both: copies must be kept elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::chain::Checkpoint;
use super::merkle::{Frontier, Hash, Tree};

/// A text that is no checkpoint of this log, or no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// Not in the form of a signed checkpoint.
    #[error("the text is no signed checkpoint: {0}")]
    Form(&'static str),
    /// Not in the form of a public key.
    #[error("a public key is NAME+HASH+KEY, as `verband audit key` prints it")]
    Key,
    /// The key file cannot be used.
    #[error(
        "the key of the log cannot be read: it must be an Ed25519 key, as this program makes it"
    )]
    PrivateKey,
    /// Nobody with this key signed it, or it was changed since.
    #[error("the checkpoint is not signed by this key")]
    Signature,
    /// Of another log.
    #[error("the checkpoint is of the log `{0}`, the key is of another")]
    Origin(String),
}

/// Kind of a signature by Ed25519, in the standard's list.
const ED25519_KIND: u8 = 1;

/// Where the log stands, and how to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The chain: number of records and the last one's hash.
    pub chain: Checkpoint,
    /// The tree over them.
    pub tree: Frontier,
    /// Position of the first record of the file it stands in.
    pub segment: u64,
    /// Bytes of that file up to here.
    pub offset: u64,
}

/// Signs checkpoints.
#[derive(Debug)]
pub struct Signer {
    pair: Ed25519KeyPair,
    origin: String,
}

impl Signer {
    /// A new private key (PKCS#8), for a file that only the server may read.
    ///
    /// # Errors
    /// [`SignedError::PrivateKey`] if there is no randomness.
    pub fn new_key() -> Result<Vec<u8>, SignedError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
        let document = document.map_err(|_| SignedError::PrivateKey)?;
        Ok(document.as_ref().to_vec())
    }

    /// A signer for the log of this name.
    ///
    /// # Errors
    /// [`SignedError::PrivateKey`].
    pub fn new(pkcs8: &[u8], origin: &str) -> Result<Self, SignedError> {
        let is_name = !origin.is_empty() && !origin.contains(['+', '\n', ' ']);
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| SignedError::PrivateKey)?;
        is_name
            .then(|| Self {
                pair,
                origin: origin.to_owned(),
            })
            .ok_or(SignedError::PrivateKey)
    }

    /// The public key that goes with it.
    pub fn public(&self) -> Verifier {
        Verifier {
            origin: self.origin.clone(),
            key: self.pair.public_key().as_ref().to_vec(),
        }
    }

    /// A signed checkpoint.
    pub fn sign(&self, standing: &Standing) -> String {
        let root = STANDARD.encode(standing.tree.root());
        let parts: Vec<String> = standing
            .tree
            .parts()
            .iter()
            .map(|part| STANDARD.encode(part))
            .collect();
        let text = format!(
            "{}\n{}\n{root}\nchain {}\nplace {}:{}\nparts {}\n",
            self.origin,
            standing.chain.n,
            standing.chain.hash,
            standing.segment,
            standing.offset,
            parts.join(",")
        );
        let signature = self.pair.sign(text.as_bytes());
        let mut bytes = self.public().id().to_vec();
        bytes.extend_from_slice(signature.as_ref());
        format!(
            "{text}\n\u{2014} {} {}\n",
            self.origin,
            STANDARD.encode(bytes)
        )
    }
}

/// Checks checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    origin: String,
    key: Vec<u8>,
}

impl Verifier {
    /// First bytes of a digest of name and key, by which a signature names its key.
    fn id(&self) -> [u8; 4] {
        let mut hasher = Sha256::new();
        hasher.update(self.origin.as_bytes());
        hasher.update([b'\n', ED25519_KIND]);
        hasher.update(&self.key);
        let digest: Hash = hasher.finalize().into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }

    /// Reads a signed checkpoint and checks its signature.
    ///
    /// # Errors
    /// [`SignedError`].
    pub fn open(&self, note: &str) -> Result<Standing, SignedError> {
        let (text, signatures) = note
            .split_once("\n\n")
            .ok_or(SignedError::Form("it has no signature"))?;
        let text = format!("{text}\n");
        let mut lines = text.lines();
        let mut line = |what| lines.next().ok_or(SignedError::Form(what));
        let origin = line("it has no origin")?;
        if origin != self.origin {
            return Err(SignedError::Origin(origin.to_owned()));
        }
        let is_signed = signatures.lines().any(|line| self.signed(&text, line));
        if !is_signed {
            return Err(SignedError::Signature);
        }
        let size = number(line("it has no number")?)?;
        let root = hash(line("it has no root")?)?;
        let chain = own(line("it has no chain")?, "chain ")?;
        let place = own(line("it has no place")?, "place ")?;
        let parts = own(line("it has no parts")?, "parts ")?;
        let (segment, offset) = place
            .split_once(':')
            .ok_or(SignedError::Form("its place cannot be read"))?;
        let parts: Result<Vec<Hash>, SignedError> = parts
            .split(',')
            .filter(|part| !part.is_empty())
            .map(hash)
            .collect();
        let tree = Frontier::new(size, parts?)
            .filter(|tree| tree.root() == root)
            .ok_or(SignedError::Form("its parts do not make its root"))?;
        let chain = format!("{size}:{chain}")
            .parse()
            .map_err(|_| SignedError::Form("its chain cannot be read"))?;
        Ok(Standing {
            chain,
            tree,
            segment: number(segment)?,
            offset: number(offset)?,
        })
    }

    fn signed(&self, text: &str, line: &str) -> bool {
        let rest = line.strip_prefix("\u{2014} ");
        let Some((name, signature)) = rest.and_then(|rest| rest.split_once(' ')) else {
            return false;
        };
        let Ok(bytes) = STANDARD.decode(signature) else {
            return false;
        };
        let Some((id, signature)) = bytes.split_at_checked(4) else {
            return false;
        };
        name == self.origin
            && id == self.id()
            && UnparsedPublicKey::new(&ED25519, &self.key)
                .verify(text.as_bytes(), signature)
                .is_ok()
    }
}

impl Standing {
    /// The tree by its size and root.
    pub fn tree(&self) -> Tree {
        Tree {
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }
}

fn own<'a>(line: &'a str, name: &str) -> Result<&'a str, SignedError> {
    line.strip_prefix(name)
        .ok_or(SignedError::Form("a line of ours is missing"))
}

fn number(text: &str) -> Result<u64, SignedError> {
    text.parse()
        .map_err(|_| SignedError::Form("a number cannot be read"))
}

fn hash(text: &str) -> Result<Hash, SignedError> {
    let bytes = STANDARD.decode(text).ok();
    let hash = bytes.and_then(|bytes| Hash::try_from(bytes).ok());
    hash.ok_or(SignedError::Form("a hash cannot be read"))
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = HEXLOWER.encode(&self.id());
        let key = STANDARD.encode([&[ED25519_KIND][..], &self.key].concat());
        write!(formatter, "{}+{id}+{key}", self.origin)
    }
}

impl std::str::FromStr for Verifier {
    type Err = SignedError;

    fn from_str(text: &str) -> Result<Self, SignedError> {
        let mut parts = text.trim().splitn(3, '+');
        let mut part = || parts.next().ok_or(SignedError::Key);
        let (origin, id, key) = (part()?, part()?, part()?);
        let key = STANDARD.decode(key).map_err(|_| SignedError::Key)?;
        let (kind, key) = key.split_first().ok_or(SignedError::Key)?;
        let verifier = Self {
            origin: origin.to_owned(),
            key: key.to_vec(),
        };
        let is_right = *kind == ED25519_KIND && verifier.to_string().contains(&format!("+{id}+"));
        is_right.then_some(verifier).ok_or(SignedError::Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::merkle::leaf;

    fn standing(size: u64) -> Standing {
        let mut tree = Frontier::default();
        (0..size).for_each(|number| tree.push(leaf(&number.to_string())));
        Standing {
            chain: Checkpoint {
                n: size,
                hash: "0123456789abcdef".repeat(4),
            },
            tree,
            segment: 1,
            offset: 77 * size,
        }
    }

    #[test]
    fn what_was_signed_is_read_again_by_the_printed_key() {
        let signer = Signer::new(&Signer::new_key().unwrap(), "verband.example/audit").unwrap();
        let printed = signer.public().to_string();
        let verifier: Verifier = printed.parse().unwrap();
        for size in [0, 1, 2, 7, 100] {
            let note = signer.sign(&standing(size));
            assert_eq!(verifier.open(&note).unwrap(), standing(size), "{note}");
            assert!(note.starts_with(&format!("verband.example/audit\n{size}\n")));
        }
        for wrong in ["", "a+b", &printed[1..], &printed[..printed.len() - 4]] {
            assert_eq!(wrong.parse::<Verifier>(), Err(SignedError::Key), "{wrong}");
        }
    }

    #[test]
    fn a_checkpoint_that_was_changed_or_that_another_signed_is_refused() {
        let [one, other] =
            [(); 2].map(|()| Signer::new(&Signer::new_key().unwrap(), "log").unwrap());
        let note = one.sign(&standing(5));
        assert_eq!(other.public().open(&note), Err(SignedError::Signature));
        let third = Signer::new(&Signer::new_key().unwrap(), "elsewhere").unwrap();
        let refused = third.public().open(&note);
        assert_eq!(refused, Err(SignedError::Origin("log".to_owned())));
        // No byte can be another.
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(one.public().open(&changed).is_err(), "byte {at}: {changed}");
            }
        }
        // A further signature, of a witness, is no harm.
        let witnessed = format!("{note}\u{2014} witness AAAA\n");
        assert!(one.public().open(&witnessed).is_ok());
    }
}
