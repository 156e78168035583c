//! How the server is reached, as far as logging in depends on it.

use std::net::IpAddr;

/// Settings that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address that browsers could use.
    #[error(
        "`public_url` is `{0}`; it must be scheme and host alone, such as https://verband.gemeente.example"
    )]
    PublicUrl(String),
    /// The provider of identities cannot be used so.
    #[error("in `[oidc]`: {0}")]
    Oidc(String),
    /// Certificate or key cannot be used.
    #[error("in `tls`: {0}")]
    Tls(String),
}

/// How the server is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginSettings {
    /// Scheme and host that browsers use; none: whatever host the request names.
    origin: Option<String>,
    /// Whether the way from the browser is by TLS, here or at a proxy before.
    is_secure: bool,
    /// Proxies whose word is taken on whom they speak for.
    proxies: Vec<IpAddr>,
}

impl LoginSettings {
    /// Takes what the settings file says.
    ///
    /// # Errors
    /// [`SettingsError::PublicUrl`].
    pub fn new(
        public_url: Option<&str>,
        proxies: Vec<IpAddr>,
        tls: Tls,
    ) -> Result<Self, SettingsError> {
        let origin = public_url
            .map(|url| {
                let origin = url.trim_end_matches('/').to_ascii_lowercase();
                let host = origin
                    .strip_prefix("https://")
                    .or_else(|| origin.strip_prefix("http://"));
                match host {
                    Some(host) if !host.is_empty() && host.chars().all(is_of_host) => Ok(origin),
                    _ => Err(SettingsError::PublicUrl(url.to_owned())),
                }
            })
            .transpose()?;
        let is_https = |origin: &String| origin.starts_with("https://");
        Ok(Self {
            is_secure: tls == Tls::Here || origin.as_ref().is_some_and(is_https),
            origin,
            proxies,
        })
    }

    /// The address that browsers use, without a slash at its end, if it is set.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Proxies whose word is taken.
    pub fn proxies(&self) -> &[IpAddr] {
        &self.proxies
    }

    /// Whether browsers come by TLS.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Name of the cookie of a session. With TLS it has the prefix that binds it to this very host: no neighbour below
    /// the same domain can set it.
    pub fn cookie_name(&self) -> &'static str {
        match self.is_secure {
            true => "__Host-verband",
            false => "verband",
        }
    }

    /// Whether a page of this origin is one of ours. `host` is what the request was sent to.
    pub fn is_own_origin(&self, origin: &str, host: Option<&str>) -> bool {
        match &self.origin {
            Some(own) => origin.eq_ignore_ascii_case(own),
            None => {
                let page = origin
                    .strip_prefix("http://")
                    .or_else(|| origin.strip_prefix("https://"));
                page.zip(host)
                    .is_some_and(|(page, host)| page.eq_ignore_ascii_case(host))
            }
        }
    }

    /// Who is at the other end: the last address that no proxy of ours has, of those that were forwarded.
    pub fn peer(&self, connected: Option<IpAddr>, forwarded: &[&str]) -> Option<IpAddr> {
        let mut peer = connected?.to_canonical();
        let hops = forwarded.iter().flat_map(|one| one.split(','));
        let mut hops: Vec<&str> = hops.map(str::trim).collect();
        // Only what a proxy of ours added can be believed; what stands before it anyone may have written.
        while self.proxies.contains(&peer) {
            match hops.pop().and_then(|hop| hop.parse::<IpAddr>().ok()) {
                Some(hop) => peer = hop.to_canonical(),
                None => break,
            }
        }
        Some(peer)
    }
}

/// Where TLS ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// In this process.
    Here,
    /// At a proxy, or nowhere.
    Elsewhere,
}

fn is_of_host(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':' | '[' | ']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(public_url: &str, proxies: &[&str]) -> LoginSettings {
        let proxies = proxies.iter().map(|one| one.parse().unwrap()).collect();
        LoginSettings::new(Some(public_url), proxies, Tls::Elsewhere).unwrap()
    }

    #[test]
    fn a_public_address_is_scheme_and_host_alone() {
        for wrong in [
            "verband.example",
            "https://",
            "ftp://verband.example",
            "https://verband.example/app",
            "https://a@verband.example",
        ] {
            let refused = LoginSettings::new(Some(wrong), vec![], Tls::Elsewhere);
            assert!(refused.is_err(), "{wrong}");
        }
        let taken = settings("https://Verband.Example:8443/", &[]);
        assert_eq!(taken.origin(), Some("https://verband.example:8443"));
        assert_eq!(taken.cookie_name(), "__Host-verband");
        assert_eq!(
            settings("http://127.0.0.1:8080", &[]).cookie_name(),
            "verband"
        );
    }

    #[test]
    fn only_our_own_pages_are_our_own() {
        let set = settings("https://verband.example", &[]);
        assert!(set.is_own_origin("https://verband.example", Some("inner:8080")));
        for foreign in [
            "null",
            "https://verband.example.evil.example",
            "http://verband.example",
            "https://other.verband.example",
            "https://verband.example:444",
        ] {
            assert!(
                !set.is_own_origin(foreign, Some("verband.example")),
                "{foreign}"
            );
        }
        let unset = LoginSettings::default();
        assert!(unset.is_own_origin("http://127.0.0.1:8080", Some("127.0.0.1:8080")));
        for (origin, host) in [
            ("http://127.0.0.1:8081", Some("127.0.0.1:8080")),
            ("null", Some("null")),
            ("http://evil.example", None),
        ] {
            assert!(!unset.is_own_origin(origin, host), "{origin}");
        }
    }

    #[test]
    fn only_our_proxies_say_who_comes() {
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        let set = settings("https://v.example", &["10.0.0.1", "10.0.0.2"]);
        let seen = |from: &str, forwarded: &[&str]| set.peer(Some(at(from)), forwarded).unwrap();
        assert_eq!(seen("192.0.2.7", &["198.51.100.1"]), at("192.0.2.7"));
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), at("198.51.100.1"));
        assert_eq!(
            seen("10.0.0.1", &["198.51.100.9, 198.51.100.1, 10.0.0.2"]),
            at("198.51.100.1")
        );
        assert_eq!(seen("10.0.0.1", &["unknown"]), at("10.0.0.1"));
        assert_eq!(
            seen("::ffff:10.0.0.1", &["198.51.100.1"]),
            at("198.51.100.1")
        );
        assert_eq!(set.peer(None, &["198.51.100.1"]), None);
    }
}
