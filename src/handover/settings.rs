//! `[handover]` in the settings: where cases go, and by whom.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::model::Level;

/// A case system, in the terms of the ZGW APIs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverSettings {
    /// Address of its Zaken API, such as `https://zaken.gemeente.example/zaken/api/v1/`.
    pub zaken: String,
    /// Who this program is there.
    pub client_id: String,
    /// A file with the secret that tokens are signed with.
    pub secret: PathBuf,
    /// Certificates (PEM) that its certificate must descend from; default those of the web.
    #[serde(default)]
    pub certificates: Option<PathBuf>,
    /// The organisation here whose cases go there.
    pub organisation: String,
    /// RSIN of who makes the `zaak`.
    pub bronorganisatie: String,
    /// RSIN of who is responsible for it; default the same.
    #[serde(default)]
    pub verantwoordelijke_organisatie: Option<String>,
    /// Roles that may hand over; none: nobody.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The most confidential `zaak` that the case system is to hold.
    pub level_max: Level,
    /// What a `zaak` is there, by purpose. Cases of other purposes are not handed over.
    #[serde(default)]
    pub purpose: BTreeMap<String, ZaakSettings>,
}

/// What a `zaak` is, by addresses in the catalogue of the case system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZaakSettings {
    /// Its type.
    pub zaaktype: String,
    /// The status that it begins with.
    pub statustype: String,
    /// What persons and companies are in it.
    pub roltype: String,
}
