use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::*;
use crate::model::mutate::mutated;

const NOW: i64 = 1_800_000_000;

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A provider with one key for ES256.
struct Provider {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Provider {
    fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self { pair, random }
    }

    fn jwk(&self, kid: &str) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": encode(&point[1..33]), "y": encode(&point[33..]) })
    }

    fn keys(&self) -> Keys {
        Keys::parse(json!({ "keys": [self.jwk("one")] }).to_string().as_bytes()).unwrap()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims.to_string())
        );
        let signature = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(signature))
    }
}

fn header() -> Value {
    json!({ "alg": "ES256", "kid": "one", "typ": "at+jwt" })
}

fn claims() -> Value {
    json!({ "iss": "https://idp.example", "aud": "verband", "sub": "machine", "iat": NOW, "nbf": NOW, "exp": NOW + 300 })
}

fn expected() -> Expected<'static> {
    Expected {
        used_for: Use::Access,
        issuer: "https://idp.example",
        audience: "verband",
        now: NOW,
        life_max: 3_600,
    }
}

/// A value with one member changed; `null` takes it away.
fn with(value: &Value, name: &str, changed: Value) -> Value {
    let mut value = value.clone();
    if changed.is_null() {
        value.as_object_mut().unwrap().remove(name);
    } else {
        value[name] = changed;
    }
    value
}

#[test]
fn a_token_that_is_right_is_taken() {
    let provider = Provider::new();
    let token = provider.sign(&header(), &claims());
    let said = provider.keys().verify(&token, &expected()).unwrap();
    assert_eq!(said["sub"], "machine");
    let among = with(&claims(), "aud", json!(["other", "verband"]));
    let token = provider.sign(&header(), &among);
    assert!(provider.keys().verify(&token, &expected()).is_ok());
}

#[test]
fn claims_that_are_missing_or_wrong_are_refused() {
    let provider = Provider::new();
    for (name, changed) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://idp.example/")),
        ("iss", json!(null)),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!(["verband-other"])),
        ("aud", json!({ "verband": true })),
        ("aud", json!(null)),
        ("exp", json!(NOW - CLOCK_SKEW)),
        ("exp", json!(null)),
        ("exp", json!("9999999999")),
        ("exp", json!(NOW + 3_601)),
        ("exp", json!(1e300)),
        ("iat", json!(NOW + CLOCK_SKEW + 1)),
        ("iat", json!(null)),
        ("nbf", json!(NOW + CLOCK_SKEW + 1)),
        ("nbf", json!("now")),
    ] {
        let token = provider.sign(&header(), &with(&claims(), name, changed.clone()));
        let refused = provider.keys().verify(&token, &expected());
        assert!(
            matches!(refused, Err(TokenError::Claim { .. })),
            "{name} {changed}: {refused:?}"
        );
    }
}

#[test]
fn algorithms_that_prove_nothing_are_refused() {
    let provider = Provider::new();
    let unsigned = |header: &Value| {
        format!(
            "{}.{}.",
            encode(header.to_string()),
            encode(claims().to_string())
        )
    };
    for alg in [
        "none", "None", "NONE", "", "HS256", "ES384", "EdDSA", "es256",
    ] {
        let header = with(&header(), "alg", json!(alg));
        for token in [unsigned(&header), provider.sign(&header, &claims())] {
            let refused = provider.keys().verify(&token, &expected());
            assert_eq!(refused, Err(TokenError::Algorithm(alg.to_owned())));
        }
    }
    let refused = provider.keys().verify(&unsigned(&header()), &expected());
    assert_eq!(refused, Err(TokenError::Signature));
}

#[test]
fn a_public_key_is_never_taken_for_a_shared_secret() {
    let provider = Provider::new();
    let header = with(&header(), "alg", json!("HS256"));
    let signed = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims().to_string())
    );
    let public = provider.pair.public_key().as_ref().to_vec();
    let jwk = provider.jwk("one").to_string();
    for secret in [public.as_slice(), jwk.as_bytes(), b""] {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let token = format!(
            "{signed}.{}",
            encode(ring::hmac::sign(&key, signed.as_bytes()))
        );
        let refused = provider.keys().verify(&token, &expected());
        assert_eq!(refused, Err(TokenError::Algorithm("HS256".to_owned())));
    }
    // Nor is a shared secret in the set a key.
    let set = json!({ "keys": [{ "kty": "oct", "kid": "one", "k": "c2VjcmV0" }] });
    let keys = Keys::parse(set.to_string().as_bytes()).unwrap();
    let token = provider.sign(&self::header(), &claims());
    assert_eq!(
        keys.verify(&token, &expected()),
        Err(TokenError::UnknownKey)
    );
}

#[test]
fn a_key_is_used_for_what_it_is_for_alone() {
    let provider = Provider::new();
    let token = provider.sign(&header(), &claims());
    let keys = |jwk: Value| Keys::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
    let jwk = provider.jwk("one");
    for other in [
        with(&jwk, "use", json!("enc")),
        with(&jwk, "alg", json!("RS256")),
        with(&jwk, "alg", json!("ES512")),
        with(&jwk, "kid", json!("two")),
        with(&jwk, "kid", json!(null)),
        with(&jwk, "crv", json!("P-384")),
        with(&jwk, "kty", json!("RSA")),
        with(&jwk, "x", json!("AAAA")),
    ] {
        let refused = keys(other.clone()).verify(&token, &expected());
        assert_eq!(refused, Err(TokenError::UnknownKey), "{other}");
    }
    assert!(
        keys(with(&jwk, "use", json!("sig")))
            .verify(&token, &expected())
            .is_ok()
    );
    // A token that says RS256 of a key for ES256.
    let token = provider.sign(&with(&header(), "alg", json!("RS256")), &claims());
    assert_eq!(
        keys(jwk).verify(&token, &expected()),
        Err(TokenError::UnknownKey)
    );
}

#[test]
fn forged_and_changed_tokens_are_refused() {
    let (provider, forger) = (Provider::new(), Provider::new());
    let forged = forger.sign(&header(), &claims());
    let verify = |token: &str| provider.keys().verify(token, &expected());
    assert_eq!(verify(&forged), Err(TokenError::Signature));
    let token = provider.sign(&header(), &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let claimed = encode(with(&claims(), "sub", json!("burgemeester")).to_string());
    let changed = format!("{}.{claimed}.{}", parts[0], parts[2]);
    assert_eq!(verify(&changed), Err(TokenError::Signature));
    // The key that a token brings along itself is not looked at.
    let own = with(&header(), "jwk", forger.jwk("one"));
    assert_eq!(
        verify(&forger.sign(&own, &claims())),
        Err(TokenError::Signature)
    );
    for (at, byte) in token.bytes().enumerate() {
        let other = if byte == b'A' { b'B' } else { b'A' };
        let mut bytes = token.clone().into_bytes();
        bytes[at] = other;
        // The last letter of a part holds bits that stand for nothing; those must be zero.
        assert!(
            verify(std::str::from_utf8(&bytes).unwrap()).is_err(),
            "letter {at}"
        );
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let provider = Provider::new();
    let token = provider.sign(&header(), &claims());
    let long = format!("{token}{}", "A".repeat(TOKEN_BYTES_MAX));
    let twice = format!("{token}.{token}");
    let padded = format!("{token}==");
    for text in [
        "", ".", "..", "a.b.c", "...", &long, &twice, &padded, "é.é.é",
    ] {
        let refused = provider.keys().verify(text, &expected());
        assert!(
            matches!(refused, Err(TokenError::Form(_))),
            "{text:.20}: {refused:?}"
        );
    }
    let critical = with(&header(), "crit", json!(["b64"]));
    let refused = provider
        .keys()
        .verify(&provider.sign(&critical, &claims()), &expected());
    assert!(matches!(refused, Err(TokenError::Form(_))));
}

#[test]
fn a_token_of_another_use_is_refused() {
    let provider = Provider::new();
    let verify = |typ: Value, used_for| {
        let token = provider.sign(&with(&header(), "typ", typ), &claims());
        provider
            .keys()
            .verify(
                &token,
                &Expected {
                    used_for,
                    ..expected()
                },
            )
            .is_ok()
    };
    assert!(verify(json!("application/at+jwt"), Use::Access));
    assert!(verify(json!("JWT"), Use::Identity));
    assert!(verify(json!(null), Use::Identity));
    for (typ, used_for) in [
        (json!("JWT"), Use::Access),
        (json!(null), Use::Access),
        (json!("at+jwt"), Use::Identity),
        (json!("logout+jwt"), Use::Identity),
    ] {
        assert!(!verify(typ.clone(), used_for), "{typ} {used_for:?}");
    }
    // An identity token for several parties must say that it was made for us.
    let shared = with(&claims(), "aud", json!(["verband", "other"]));
    let identity = |claims: &Value| {
        let token = provider.sign(&with(&header(), "typ", json!("JWT")), claims);
        let expected = Expected {
            used_for: Use::Identity,
            ..expected()
        };
        provider.keys().verify(&token, &expected).is_ok()
    };
    assert!(!identity(&shared));
    assert!(!identity(&with(&shared, "azp", json!("other"))));
    assert!(identity(&with(&shared, "azp", json!("verband"))));
}

#[test]
fn no_mutated_token_or_key_set_panics() {
    let provider = Provider::new();
    let keys = provider.keys();
    let token = provider.sign(&header(), &claims());
    mutated("token", &[token.as_bytes()], |bytes| {
        let _ = keys.verify(&String::from_utf8_lossy(bytes), &expected());
    });
    // What the provider itself signed is read further: its words are looked at.
    let said = claims().to_string();
    mutated("claims", &[said.as_bytes()], |bytes| {
        let signed = format!("{}.{}", encode(header().to_string()), encode(bytes));
        let signature = provider
            .pair
            .sign(&provider.random, signed.as_bytes())
            .unwrap();
        let _ = keys.verify(&format!("{signed}.{}", encode(signature)), &expected());
    });
    let set = json!({ "keys": [provider.jwk("one"), { "kty": "RSA", "n": "AQAB", "e": "AQAB" }] })
        .to_string();
    mutated("keys", &[set.as_bytes()], |bytes| {
        if let Ok(keys) = Keys::parse(bytes) {
            let _ = keys.verify(&token, &expected());
        }
    });
}
