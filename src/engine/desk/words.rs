//! What is said about others, in words of people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DeskSettings;
use super::shape::PresenceLine;
use crate::case::deconfliction::{Answer, Holder, Told};
use crate::case::{Asking, CaseError, Party, State};
use crate::query::NodeSummary;

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sentence {
    /// Dutch.
    pub nl: String,
    /// English.
    pub en: String,
}

/// What an asker is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeconflictionAnswer {
    /// `none-filed`: nothing is filed, which does not mean that nothing is going on; `contact`: others are busy, get in
    /// touch; `hold`: do nothing before you called the coordinator.
    #[schema(value_type = String)]
    pub answer: Told,
    /// Whom to contact; null where nothing is filed.
    pub contact_desk: Option<String>,
    /// Number that proves that you asked.
    pub receipt: String,
    /// When you asked.
    #[schema(format = Date)]
    pub asked_on: String,
    /// Until when to get in touch; null where nothing is filed.
    #[schema(format = Date)]
    pub deadline: Option<String>,
    /// The same in words.
    pub sentence: Sentence,
}

/// That a side is told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Number of the receipt.
    pub receipt: String,
    /// `asker`: you asked; `party`: somebody else did.
    #[schema(value_type = String)]
    pub side: &'static str,
    /// Your case; null for one that a source delivered.
    pub case: Option<String>,
    /// What your case is about, as far as you may see it. What the other asked about exactly is not told.
    pub nodes: Vec<NodeSummary>,
    /// When it was asked.
    #[schema(format = Date)]
    pub asked_on: String,
    /// What you are told of the other: `contact` or `hold`.
    #[schema(value_type = String)]
    pub answer: Told,
    /// What you let the other know, where you did not ask: `contact`, `hold` or `silent`.
    #[schema(value_type = String)]
    pub you_let_know: Option<&'static str>,
    /// Whom to contact.
    pub contact_desk: Option<String>,
    /// How far you have come: `open`, `contacted`, `settled`.
    #[schema(value_type = String)]
    pub state: State,
    /// Until when to get in touch.
    #[schema(format = Date)]
    pub deadline: String,
    /// The same in words.
    pub sentence: Sentence,
}

/// What the caller has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeList {
    /// Newest first.
    pub notices: Vec<Notice>,
    /// How many there are in all; at most 500 are written.
    pub notice_count: usize,
}

/// One side, for the coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SideLine {
    /// Who, `organisation/department`.
    pub owner: String,
    /// The case; null for one that a source delivered.
    pub case: Option<String>,
    /// Accounts to call.
    pub accounts: Vec<String>,
    /// What it let know.
    pub presence: PresenceLine,
    /// How far it has come.
    #[schema(value_type = String)]
    pub state: State,
}

impl SideLine {
    pub(super) fn new(party: &Party, accounts: Vec<String>) -> Self {
        Self {
            owner: format!("{}/{}", party.organisation, party.department),
            case: match party.holder {
                Holder::Case(id) => Some(id.to_string()),
                Holder::Delivered(_) => None,
            },
            accounts,
            presence: PresenceLine::new(party.presence),
            state: party.state,
        }
    }

    pub(super) fn of_asker(asking: &Asking, accounts: Vec<String>) -> Self {
        Self {
            owner: format!("{}/{}", asking.organisation, asking.department),
            case: Some(asking.case.to_string()),
            accounts,
            presence: PresenceLine::new(asking.presence),
            state: asking.state,
        }
    }
}

/// One time that was asked, for the coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeconflictionLine {
    /// Number of the receipt.
    pub receipt: String,
    /// When it was asked.
    #[schema(format = Date)]
    pub asked_on: String,
    /// About what, where the coordinator may see it.
    pub node: Option<NodeSummary>,
    /// What the asker was told.
    #[schema(value_type = String)]
    pub answer: Told,
    /// Who asked.
    pub asker: SideLine,
    /// Who was there.
    pub parties: Vec<SideLine>,
    /// Until when both sides have time.
    #[schema(format = Date)]
    pub deadline: String,
    /// Whether that is past and not all have settled.
    pub overdue: bool,
    /// Whether nobody has reason to ask about it.
    pub canary: bool,
}

/// What the coordinator has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeconflictionList {
    /// Newest first.
    pub deconflictions: Vec<DeconflictionLine>,
    /// How many there are in all; at most 500 are written.
    pub deconfliction_count: usize,
}

/// How far a side has come.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StateRequest {
    /// `contacted`: you spoke with the other side; `settled`: you agreed.
    pub state: String,
}

impl StateRequest {
    pub(super) fn read(&self) -> Result<State, CaseError> {
        match self.state.as_str() {
            "contacted" => Ok(State::Contacted),
            "settled" => Ok(State::Settled),
            _ => Err(CaseError::Invalid(
                "`state` is one of: `contacted`, `settled`".to_owned(),
            )),
        }
    }
}

/// How far a side has come now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateAnswer {
    /// Number of the receipt.
    pub receipt: String,
    /// How far.
    #[schema(value_type = String)]
    pub state: State,
}

/// Puts into words what was decided.
pub(super) struct Words<'a> {
    coordinator: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn of(settings: &'a DeskSettings) -> Self {
        Self {
            coordinator: &settings.contact,
        }
    }

    /// Whom to contact. A hold goes by the coordinator, and so does who lets no department be told.
    fn desk(&self, answer: &Answer) -> Option<String> {
        match answer.told {
            Told::NoneFiled => None,
            Told::Contact if !answer.departments.is_empty() => {
                let names: Vec<&str> = answer.departments.iter().map(String::as_str).collect();
                Some(names.join(", "))
            }
            Told::Contact | Told::Hold => Some(self.coordinator.to_owned()),
        }
    }

    /// What an asker is told. It is made of what was decided and of nothing else.
    pub(super) fn answer(&self, asking: &Asking) -> DeconflictionAnswer {
        let desk = self.desk(&asking.answer);
        DeconflictionAnswer {
            answer: asking.answer.told,
            receipt: asking.receipt.to_string(),
            asked_on: asking.day.to_string(),
            deadline: desk.as_ref().map(|_| asking.deadline.to_string()),
            sentence: sentence(asking.answer.told, desk.as_deref()),
            contact_desk: desk,
        }
    }

    pub(super) fn to_asker(&self, asking: &Asking, nodes: Vec<NodeSummary>) -> Notice {
        let desk = self.desk(&asking.answer);
        Notice {
            receipt: asking.receipt.to_string(),
            side: "asker",
            case: Some(asking.case.to_string()),
            nodes,
            asked_on: asking.day.to_string(),
            answer: asking.answer.told,
            you_let_know: None,
            state: asking.state,
            deadline: asking.deadline.to_string(),
            sentence: sentence(asking.answer.told, desk.as_deref()),
            contact_desk: desk,
        }
    }

    pub(super) fn to_party(
        &self,
        asking: &Asking,
        party: &Party,
        notice: &Answer,
        nodes: Vec<NodeSummary>,
    ) -> Notice {
        let desk = self.desk(notice);
        let shown = desk.as_deref().unwrap_or_default();
        let let_know = PresenceLine::new(party.presence).answer;
        let (nl, en) = match let_know {
            "silent" => (
                "De vrager heeft niets over uw zaak gehoord.",
                "The asker was told nothing of your case.",
            ),
            "hold" => (
                "De vrager moet wachten en eerst de coördinator bellen.",
                "The asker must wait and call the coordinator first.",
            ),
            _ => (
                "De vrager weet dat iemand hier mee bezig is.",
                "The asker knows that somebody is busy here.",
            ),
        };
        Notice {
            receipt: asking.receipt.to_string(),
            side: "party",
            case: match party.holder {
                Holder::Case(id) => Some(id.to_string()),
                Holder::Delivered(_) => None,
            },
            nodes,
            asked_on: asking.day.to_string(),
            answer: notice.told,
            you_let_know: Some(let_know),
            state: party.state,
            deadline: asking.deadline.to_string(),
            sentence: Sentence {
                nl: format!(
                    "Iemand anders is bezig met iets uit uw zaak. {nl} Neem contact op met: {shown}."
                ),
                en: format!(
                    "Somebody else is busy with something of your case. {en} Contact: {shown}."
                ),
            },
            contact_desk: desk,
        }
    }
}

fn sentence(told: Told, desk: Option<&str>) -> Sentence {
    let desk = desk.unwrap_or_default();
    let (nl, en) = match told {
        Told::NoneFiled => (
            "Er is niets gemeld. Dat betekent niet dat er niets speelt.".to_owned(),
            "None filed. That does not mean that nothing is going on.".to_owned(),
        ),
        Told::Contact => (
            format!("Anderen zijn hier ook mee bezig. Neem eerst contact op met: {desk}."),
            format!("Others are busy here too. Get in touch first with: {desk}."),
        ),
        Told::Hold => (
            format!("Doe nog niets. Bel eerst: {desk}."),
            format!("Do nothing yet. Call first: {desk}."),
        ),
    };
    Sentence { nl, en }
}
