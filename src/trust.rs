//! Whose certificates are trusted where this program is the client: the provider of identities, a collector of the log, another
//! server. And where a secret may be sent to.

use std::net::IpAddr;
use std::time::Duration;

use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// Certificates that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// What is there cannot be read.
    #[error("the certificates cannot be read: {0}")]
    Unreadable(String),
    /// Nothing is there.
    #[error("the file of certificates holds none")]
    Empty,
}

/// Trusts those that descend from `roots` (PEM), or, without, from those of the web.
///
/// # Errors
/// [`TrustError`].
pub fn trust(roots: Option<&[u8]>) -> Result<TlsConfig, TrustError> {
    let tls = TlsConfig::builder();
    let Some(roots) = roots else {
        return Ok(tls.build());
    };
    let mut certificates = Vec::new();
    for item in parse_pem(roots) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(TrustError::Unreadable(error.to_string())),
        }
    }
    if certificates.is_empty() {
        return Err(TrustError::Empty);
    }
    let roots = RootCerts::new_with_certs(&certificates);
    Ok(tls.root_certs(roots).build())
}

/// A client for one server that the settings name: it follows no redirect, since what it says goes to that server and to no
/// other, and gives answers that refuse as answers.
///
/// # Errors
/// [`TrustError`].
pub fn client(roots: Option<&[u8]>, answer_time_max: Duration) -> Result<ureq::Agent, TrustError> {
    let config = ureq::Agent::config_builder()
        .tls_config(trust(roots)?)
        .timeout_global(Some(answer_time_max))
        .max_redirects(0)
        .http_status_as_error(false);
    Ok(config.build().into())
}

/// Whether an address is one that a secret may be sent to: by TLS, or on this machine.
pub fn is_safe_url(url: &str) -> bool {
    let Ok(address) = url.parse::<ureq::http::Uri>() else {
        return false;
    };
    let host = address.host().unwrap_or_default();
    let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    match address.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => host == "localhost" || ip.is_some_and(|ip| ip.is_loopback()),
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_by_tls_or_stay_on_this_machine() {
        for safe in [
            "https://idp.example/token",
            "http://127.0.0.1:3000/token",
            "http://localhost/token",
            "http://[::1]:3000",
        ] {
            assert!(is_safe_url(safe), "{safe}");
        }
        for unsafe_url in [
            "http://idp.example/token",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://[::1]:80@evil.example/",
            "ftp://127.0.0.1/",
            "",
        ] {
            assert!(!is_safe_url(unsafe_url), "{unsafe_url}");
        }
    }
}
