//! Signed tokens (JWT), and the keys that they are checked with.
//!
//! # Invariants
//! * **the key decides how a signature is checked**: a token may name one of three algorithms with a public key, and only
//!   one that its key is for. `none` and those with a shared secret do not exist here, so a public key cannot be taken
//!   for one.
//! * **nothing is read before the signature is checked** but the header, which names key and algorithm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a token says, once its signature has been checked.
pub type Claims = Map<String, Value>;

/// Longest token, in bytes.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// How far two clocks may be apart, in seconds.
pub const CLOCK_SKEW: i64 = 30;

/// Why a token is not taken. What is wrong with it stands in the server's own log, not in the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts, not the letters they may have, not JSON, or too long.
    #[error("the token is no signed token: {0}")]
    Form(&'static str),
    /// An algorithm that is not taken.
    #[error("the token is signed by `{0}`; RS256, PS256 and ES256 are taken")]
    Algorithm(String),
    /// No key of this name, or none for this algorithm.
    #[error("no key of the provider fits the token")]
    UnknownKey,
    /// Signed by another key, or changed since.
    #[error("the signature is not right")]
    Signature,
    /// A claim that is missing or not as it must be.
    #[error("the claim `{claim}` {wrong}")]
    Claim {
        /// Which claim.
        claim: &'static str,
        /// What is wrong with it.
        wrong: &'static str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    fn of(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// Uncompressed point.
    P256(Vec<u8>),
}

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    /// The one algorithm it is for, if it says so.
    algorithm: Option<Algorithm>,
    material: Material,
}

/// The public keys of a provider.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Which tokens are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Who logged in, for us alone.
    Identity,
    /// What a caller shows with each request (RFC 9068). Says so in its header: an identity token is none.
    Access,
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Which sort of token.
    pub used_for: Use,
    /// Who issued it.
    pub issuer: &'a str,
    /// Whom it is for.
    pub audience: &'a str,
    /// Now, in seconds since 1970.
    pub now: i64,
    /// Longest life of a token, in seconds.
    pub life_max: i64,
}

impl Keys {
    /// Reads a key set (JWKS). Keys of a kind that is not taken are left out, as the standard asks: a provider may have
    /// them for others.
    ///
    /// # Errors
    /// What is wrong with the set.
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let set: JwkSet = serde_json::from_slice(text)?;
        let keys = set.keys.into_iter().filter_map(|value| {
            let jwk: Jwk = serde_json::from_value(value).ok()?;
            key(&jwk)
        });
        Ok(Self(keys.collect()))
    }

    /// Checks a token and returns what it says.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str, expected: &Expected<'_>) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Form("it is too long"));
        }
        let (signed, signature) = token
            .rsplit_once('.')
            .ok_or(TokenError::Form("it has no parts"))?;
        let (header, payload) = signed
            .split_once('.')
            .filter(|(_, payload)| !payload.contains('.'))
            .ok_or(TokenError::Form("it does not have three parts"))?;
        let header: Header = serde_json::from_slice(&decode(header)?)
            .map_err(|_| TokenError::Form("its header cannot be read"))?;
        // A header that must be understood is not understood here.
        if header.crit.is_some() {
            return Err(TokenError::Form("its header asks for extensions"));
        }
        let algorithm =
            Algorithm::of(&header.alg).ok_or_else(|| TokenError::Algorithm(header.alg.clone()))?;
        is_of_use(header.typ.as_deref(), expected.used_for)?;
        let signature = decode(signature)?;
        let mut fitting = self
            .0
            .iter()
            .filter(|key| (header.kid.is_none() || key.id == header.kid) && key.is_for(algorithm));
        if fitting.clone().next().is_none() {
            return Err(TokenError::UnknownKey);
        }
        if !fitting.any(|key| key.signed(algorithm, signed.as_bytes(), &signature)) {
            return Err(TokenError::Signature);
        }
        let claims: Claims = serde_json::from_slice(&decode(payload)?)
            .map_err(|_| TokenError::Form("its claims cannot be read"))?;
        check(&claims, expected)?;
        Ok(claims)
    }
}

fn is_of_use(typ: Option<&str>, used_for: Use) -> Result<(), TokenError> {
    let typ = typ.map(|typ| {
        let typ = typ.to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ).to_owned()
    });
    let fits = match used_for {
        Use::Access => typ.as_deref() == Some("at+jwt"),
        Use::Identity => matches!(typ.as_deref(), None | Some("jwt")),
    };
    if fits {
        Ok(())
    } else {
        Err(TokenError::Form(
            "its header says that it is for another use",
        ))
    }
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), TokenError> {
    let wrong = |claim, wrong| Err(TokenError::Claim { claim, wrong });
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
    if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return wrong("iss", "is not our provider");
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.audience,
        Some(Value::Array(many)) => many
            .iter()
            .any(|one| one.as_str() == Some(expected.audience)),
        _ => false,
    };
    if !is_for_us {
        return wrong("aud", "does not name us");
    }
    if expected.used_for == Use::Identity {
        let several = claims.get("aud").and_then(Value::as_array);
        let party = claims.get("azp").and_then(Value::as_str);
        let is_shared = several.is_some_and(|several| several.len() > 1);
        if party.is_some_and(|party| party != expected.audience) || (is_shared && party.is_none()) {
            return wrong("azp", "is not us");
        }
    }
    // Whole numbers of seconds lie far below where the conversion would lose one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 are exact in an f64"
    )]
    let (now, skew, life_max) = (
        expected.now as f64,
        CLOCK_SKEW as f64,
        expected.life_max as f64,
    );
    let Some(end) = seconds("exp") else {
        return wrong("exp", "is missing");
    };
    if end + skew <= now {
        return wrong("exp", "is past");
    }
    let Some(begin) = seconds("iat") else {
        return wrong("iat", "is missing");
    };
    if begin - skew > now {
        return wrong("iat", "is in the future");
    }
    if end - begin > life_max {
        return wrong("exp", "lies too far after `iat`");
    }
    if claims.contains_key("nbf") && !seconds("nbf").is_some_and(|from| from - skew <= now) {
        return wrong("nbf", "is in the future");
    }
    Ok(())
}

fn key(jwk: &Jwk) -> Option<Key> {
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return None;
    }
    let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
    let material = match jwk.kty.as_str() {
        "RSA" => Material::Rsa {
            n: part(&jwk.n)?,
            e: part(&jwk.e)?,
        },
        "EC" if jwk.crv.as_deref() == Some("P-256") => {
            let (x, y) = (part(&jwk.x)?, part(&jwk.y)?);
            if (x.len(), y.len()) != (32, 32) {
                return None;
            }
            Material::P256([&[4][..], &x, &y].concat())
        }
        _ => return None,
    };
    let algorithm = match jwk.alg.as_deref() {
        None => None,
        // Said to be for something that is not taken: then it is for nothing here.
        Some(name) => Some(Algorithm::of(name)?),
    };
    Some(Key {
        id: jwk.kid.clone(),
        algorithm,
        material,
    })
}

impl Key {
    fn is_for(&self, algorithm: Algorithm) -> bool {
        let fits = match self.material {
            Material::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
            Material::P256(_) => algorithm == Algorithm::Es256,
        };
        fits && self.algorithm.is_none_or(|own| own == algorithm)
    }

    fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verified =
            match (&self.material, algorithm) {
                (Material::Rsa { n, e }, Algorithm::Rs256) => RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
                (Material::Rsa { n, e }, Algorithm::Ps256) => RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PSS_2048_8192_SHA256, message, signature),
                (Material::P256(point), Algorithm::Es256) => {
                    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                        .verify(message, signature)
                }
                (Material::Rsa { .. }, Algorithm::Es256)
                | (Material::P256(_), Algorithm::Rs256 | Algorithm::Ps256) => return false,
            };
        verified.is_ok()
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Form("a part has letters that it may not have"))
}

#[cfg(test)]
mod tests;
