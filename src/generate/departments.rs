//! The departments that hold signals: who may see theirs, what they are collected for, and what they say.
//!
//! A summary and a note never hold a name or an address: whom a signal is about, only its edges say.

/// A sort of signal.
#[derive(Debug)]
pub(crate) struct SignalKind {
    /// What sort it is.
    pub(crate) signal_type: &'static str,
    /// One line about it.
    pub(crate) summary: &'static str,
    /// Free text behind it.
    pub(crate) note: &'static str,
    /// The offence, if the sort has one.
    pub(crate) offence: Option<&'static str>,
}

/// A department and its signals.
#[derive(Debug)]
pub(crate) struct Department {
    /// The name of its delivery.
    pub(crate) name: &'static str,
    /// The title of its delivery, in Dutch.
    pub(crate) title: &'static str,
    /// The organisation it belongs to.
    pub(crate) organisation: &'static str,
    /// Its name inside the organisation.
    pub(crate) department: &'static str,
    /// The level of its signals.
    pub(crate) level: &'static str,
    /// What they are collected for.
    pub(crate) purposes: &'static [&'static str],
    /// What its references begin with.
    pub(crate) prefix: &'static str,
    /// How many of a hundred signals of the town are its own.
    pub(crate) share_percent: u32,
    /// How many of a hundred of its signals also name a person of the address.
    pub(crate) names_person_percent: u32,
    /// Whether its signals state an amount.
    pub(crate) states_amount: bool,
    /// The sorts it has.
    pub(crate) kinds: &'static [SignalKind],
}

/// Makes a sort of signal without an offence.
const fn kind(signal_type: &'static str, summary: &'static str, note: &'static str) -> SignalKind {
    SignalKind {
        signal_type,
        summary,
        note,
        offence: None,
    }
}

/// Makes a sort of signal with an offence.
const fn crime(
    signal_type: &'static str,
    summary: &'static str,
    note: &'static str,
    offence: &'static str,
) -> SignalKind {
    SignalKind {
        signal_type,
        summary,
        note,
        offence: Some(offence),
    }
}

/// Position of the department of housing.
pub(crate) const HOUSING: usize = 0;
/// Position of the department of inspection.
pub(crate) const INSPECTION: usize = 1;
/// Position of the social department.
pub(crate) const SOCIAL: usize = 2;
/// Position of the team against high-impact crime.
pub(crate) const CRIME_TEAM: usize = 3;
/// Position of the police.
pub(crate) const POLICE: usize = 4;

/// The departments, in the order of their deliveries.
pub(crate) const DEPARTMENTS: [Department; 7] = [
    Department {
        name: "wonen",
        title: "Meldingen wonen",
        organisation: "gemeente",
        department: "wonen",
        level: "zaakvertrouwelijk",
        purposes: &["woonfraude", "ondermijning"],
        prefix: "WON",
        share_percent: 34,
        names_person_percent: 12,
        states_amount: false,
        kinds: &[
            kind(
                "woonoverlast",
                "Geluidsoverlast in de avond",
                "Melder hoort meerdere avonden per week harde muziek.",
            ),
            kind(
                "woonoverlast",
                "Afval naast de woning",
                "Zakken en meubels staan al weken in de steeg.",
            ),
            kind(
                "illegale_verhuur",
                "Wisselende bewoners",
                "Steeds andere mensen met koffers, sleutelkastje bij de deur.",
            ),
            kind(
                "illegale_verhuur",
                "Vermoeden van kamerverhuur",
                "Zes deurbellen op een gewone eengezinswoning.",
            ),
            kind(
                "leegstand",
                "Woning lijkt niet bewoond",
                "Gordijnen dicht, post ligt achter de deur.",
            ),
        ],
    },
    Department {
        name: "toezicht",
        title: "Controles toezicht en handhaving",
        organisation: "gemeente",
        department: "toezicht",
        level: "zaakvertrouwelijk",
        purposes: &["vergunningverlening", "ondermijning", "woonfraude"],
        prefix: "TOE",
        share_percent: 22,
        names_person_percent: 6,
        states_amount: false,
        kinds: &[
            kind(
                "vergunningcontrole",
                "Gebruik in strijd met vergunning",
                "Bij controle meer ruimten in gebruik dan vergund.",
            ),
            kind(
                "vergunningcontrole",
                "Geen vergunning aanwezig",
                "Leidinggevende kon geen vergunning tonen.",
            ),
            kind(
                "brandveiligheid",
                "Vluchtweg geblokkeerd",
                "Nooduitgang stond vol met kratten.",
            ),
            kind(
                "brandveiligheid",
                "Rookmelders ontbreken",
                "Slaapplaatsen zonder rookmelder aangetroffen.",
            ),
        ],
    },
    Department {
        name: "sociaal-domein",
        title: "Zorgmeldingen sociaal domein",
        organisation: "gemeente",
        department: "sociaal-domein",
        level: "vertrouwelijk",
        purposes: &["zorg"],
        prefix: "SOC",
        share_percent: 16,
        names_person_percent: 55,
        states_amount: false,
        kinds: &[
            kind(
                "zorgmelding",
                "Zorgen om een bewoner",
                "Bewoner komt weinig buiten en doet niet open.",
            ),
            kind(
                "zorgmelding",
                "Vervuiling in de woning",
                "Huisarts vraagt om een huisbezoek.",
            ),
            kind(
                "zorgmelding",
                "Schulden en dreigende ontruiming",
                "Huurachterstand van drie maanden.",
            ),
        ],
    },
    Department {
        name: "hic",
        title: "Team high-impact crime",
        organisation: "gemeente",
        department: "hic",
        level: "confidentieel",
        purposes: &["openbare-orde", "ondermijning"],
        prefix: "HIC",
        share_percent: 6,
        names_person_percent: 45,
        states_amount: false,
        kinds: &[
            crime(
                "aandachtspersoon",
                "Persoon in persoonsgerichte aanpak",
                "Besproken in het weekoverleg.",
                "straatroof",
            ),
            crime(
                "heling",
                "Vermoeden van heling",
                "Veel in- en uitloop met goederen.",
                "heling",
            ),
            crime(
                "woninginbraak",
                "Reeks inbraken in de omgeving",
                "Werkwijze komt overeen met eerdere reeks.",
                "woninginbraak",
            ),
        ],
    },
    Department {
        name: "politie",
        title: "Bestuurlijke rapportages politie",
        organisation: "politie",
        department: "basisteam",
        level: "confidentieel",
        purposes: &["openbare-orde", "ondermijning"],
        prefix: "POL",
        share_percent: 13,
        names_person_percent: 35,
        states_amount: false,
        kinds: &[
            crime(
                "drugs",
                "Henneplucht geroken",
                "Warmtebeeld wijkt af van de buurpanden.",
                "opiumwet artikel 3",
            ),
            crime(
                "drugs",
                "Korte bezoeken op alle uren",
                "Bezoekers blijven enkele minuten.",
                "opiumwet artikel 2",
            ),
            crime(
                "geweld",
                "Ruzie met letsel",
                "Melding van omstanders, partijen gescheiden.",
                "mishandeling",
            ),
            kind(
                "overlast",
                "Melding van overlast op straat",
                "Groep aangesproken en weggestuurd.",
            ),
        ],
    },
    Department {
        name: "riec",
        title: "Signalen RIEC",
        organisation: "riec",
        department: "analyse",
        level: "geheim",
        purposes: &["ondermijning"],
        prefix: "RIE",
        share_percent: 3,
        names_person_percent: 50,
        states_amount: false,
        kinds: &[
            kind(
                "integrale_casus",
                "Pand in integrale casus",
                "Signaal ingebracht door een partner.",
            ),
            kind(
                "mensenhandel",
                "Mogelijke uitbuiting",
                "Bewoners worden gezamenlijk gehaald en gebracht.",
            ),
        ],
    },
    Department {
        name: "belastingdienst",
        title: "Signalen Belastingdienst",
        organisation: "belastingdienst",
        department: "fiscaal",
        level: "geheim",
        purposes: &["ondermijning"],
        prefix: "BEL",
        share_percent: 6,
        names_person_percent: 40,
        states_amount: true,
        kinds: &[
            kind(
                "belastingschuld",
                "Openstaande belastingschuld",
                "Invordering zonder resultaat.",
            ),
            kind(
                "omzetbelasting",
                "Aangifte wijkt af van omzet",
                "Branchecijfers liggen veel hoger.",
            ),
        ],
    },
];
