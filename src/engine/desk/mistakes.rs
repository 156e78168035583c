//! Reporting a mistake to the owner of a source, and answering it.
//!
//! What crosses the wall is written down in [`mistake`](crate::case::Mistake). Here it is reported, kept and put into words.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Desk, DeskError};
use crate::case::limit::{MISTAKES_PER_DAY_MAX, REPLIES_MAX};
use crate::case::{CaseError, Entry, Mistake, MistakeLine as SourceLine, MistakeOutcome};
use crate::model::{Level, NodeId, ReceiptId};
use crate::query::{NodeSummary, StatementPlace};

/// Most reports in a list.
const LINES_MAX: usize = 500;

/// A mistake to report: where it stands, as a statement tells it, and what is wrong.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MistakeRequest {
    /// Identifier of the node that it is said of, or that the edge is at.
    pub node: String,
    /// Identifier of the edge, where it is said of one.
    #[serde(default)]
    pub edge: Option<String>,
    /// `source.delivery` of the statement.
    pub delivery: String,
    /// `source.file` of the statement.
    pub file: String,
    /// `source.line` of the statement.
    pub line: u32,
    /// Which property is wrong; without, all that the line says.
    #[serde(default)]
    pub property: Option<String>,
    /// What is wrong, at most 4,000 characters. The owner of the source reads it: write nothing they may not know.
    pub text: String,
    /// Whether the owner may know which department reports it. Default no.
    #[serde(default)]
    pub named: bool,
    /// The case that was read under, where there was one.
    #[serde(default)]
    pub case: Option<String>,
}

/// What the owner answers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MistakeReplyRequest {
    /// `corrected`: it is corrected at the source; `right`: it was looked into and is right; `passed-on`: the source has it
    /// from elsewhere and reported it there.
    pub outcome: String,
    /// Why, at most 4,000 characters. The reporter reads it.
    pub text: String,
}

/// What the owner answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MistakeReply {
    /// When.
    #[schema(format = Date)]
    pub day: String,
    /// `corrected`, `right` or `passed-on`.
    #[schema(value_type = String)]
    pub outcome: &'static str,
    /// Why.
    pub text: String,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MistakeReport {
    /// Number of the receipt.
    pub receipt: String,
    /// When it was reported.
    #[schema(format = Date)]
    pub reported_on: String,
    /// What it is about; null where the reader does not see it any more.
    pub node: Option<NodeSummary>,
    /// Which property; null for all that the line says.
    pub property: Option<String>,
    /// What people call the source.
    pub source: String,
    /// Who owns what it says, `organisation/department`.
    pub owner: String,
    /// File of the delivery.
    pub file: String,
    /// Line in the file.
    pub line: u32,
    /// What is wrong.
    pub text: String,
    /// The department that reported it; null where it is not to be named.
    pub reporter: Option<String>,
    /// What the owner answered, the newest last.
    pub replies: Vec<MistakeReply>,
}

/// Reports that concern the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MistakeList {
    /// What you reported for this purpose, newest first.
    pub reported: Vec<MistakeReport>,
    /// How many there are in all; at most 500 are written.
    pub reported_count: usize,
    /// What was reported of what your department delivers, newest first, if you look after that.
    pub received: Vec<MistakeReport>,
    /// How many there are in all; at most 500 are written.
    pub received_count: usize,
}

impl Desk<'_> {
    /// Reports a mistake in a statement that the caller sees.
    ///
    /// # Errors
    /// [`DeskError`]; for a statement that is hidden the same as for one that is not there. [`CaseError::Invalid`] about a
    /// thing that an own case is silent about: a report would tell that somebody looks at it.
    pub fn report_mistake(&mut self, request: &MistakeRequest) -> Result<MistakeReport, DeskError> {
        let case = request
            .case
            .as_deref()
            .map(|id| self.mine(id))
            .transpose()?;
        let place = StatementPlace {
            node: &request.node,
            edge: request.edge.as_deref(),
            delivery: &request.delivery,
            file: &request.file,
            line: request.line,
        };
        let (node, said) = self.with_session(case.as_ref(), |session| {
            let (node, said) = session.statement_at(&place)?;
            session.summaries(&BTreeSet::from([node]))?;
            Ok((node, said))
        })?;
        if let Some(property) = request
            .property
            .as_ref()
            .filter(|name| !said.properties.contains_key(*name))
        {
            return Err(
                CaseError::Invalid(format!("the line says nothing of `{property}`")).into(),
            );
        }
        if self.is_silent_about(node) {
            return Err(CaseError::Invalid(
                "a case of yours is silent about this: a report would tell that somebody looks at it".to_owned(),
            )
            .into());
        }
        if self.book.reported_on(&self.caller.id, self.day) >= MISTAKES_PER_DAY_MAX {
            return Err(CaseError::TooOften(MISTAKES_PER_DAY_MAX).into());
        }
        let mistake = Mistake {
            receipt: ReceiptId::from_bits(self.draw()),
            at: self.now,
            day: self.day,
            by: self.caller.id.clone(),
            department: self.department(),
            named: request.named,
            purpose: self.purpose.id.clone(),
            node,
            property: request.property.clone(),
            line: SourceLine {
                title: said.source.title,
                owner: said.source.owner,
                // A name that is no level cannot come from a statement; the highest hides most.
                level: Level::parse(&said.source.level).unwrap_or(Level::ZeerGeheim),
                file: said.source.file,
                line: said.source.line,
            },
            text: request.text.clone(),
            replies: Vec::new(),
        };
        mistake.check()?;
        self.note = Some(format!(
            "receipt {}: a mistake in {}, line {} of {}; reporter {}",
            mistake.receipt,
            mistake.line.file,
            mistake.line.line,
            mistake.line.owner,
            if mistake.named { "named" } else { "not named" },
        ));
        let report = self.report_of(&mistake)?;
        self.entries.push(Entry::Mistake(Box::new(mistake)));
        Ok(report)
    }

    /// What the caller reported, and what they have to answer.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn mistakes(&self) -> Result<MistakeList, DeskError> {
        let mut all: Vec<&Mistake> = self.book.mistakes().collect();
        all.sort_by_key(|one| (std::cmp::Reverse(one.at), one.receipt));
        let mine = all
            .iter()
            .filter(|one| one.is_reported_by(self.caller, &self.purpose.id));
        let reported = mine
            .map(|one| self.report_of(one))
            .collect::<Result<Vec<_>, _>>()?;
        let mut received = Vec::new();
        for one in all.iter().filter(|one| self.answers(one)) {
            // Who does not see what it is about under this purpose, does not see that there is a report.
            received.extend(
                self.report_of(one)
                    .map(|report| report.node.is_some().then_some(report))?,
            );
        }
        let (reported_count, received_count) = (reported.len(), received.len());
        let first = |mut list: Vec<MistakeReport>| {
            list.truncate(LINES_MAX);
            list
        };
        Ok(MistakeList {
            reported: first(reported),
            reported_count,
            received: first(received),
            received_count,
        })
    }

    /// Answers a report for the department that owns the source.
    ///
    /// # Errors
    /// [`CaseError::UnknownReceipt`] for who does not look after it or does not see what it is about.
    pub fn reply_to_mistake(
        &mut self,
        receipt: &str,
        request: &MistakeReplyRequest,
    ) -> Result<MistakeReport, DeskError> {
        let unknown = || CaseError::UnknownReceipt(receipt.to_owned());
        let outcome = MistakeOutcome::from_name(&request.outcome).ok_or_else(|| {
            CaseError::Invalid("`outcome` must be `corrected`, `right` or `passed-on`".to_owned())
        })?;
        let id: ReceiptId = receipt.parse().map_err(|_| unknown())?;
        let found = self.book.mistake(id).filter(|one| self.answers(one));
        let mut mistake = found.cloned().ok_or_else(unknown)?;
        if self.report_of(&mistake)?.node.is_none() {
            return Err(unknown().into());
        }
        if mistake.replies.len() >= REPLIES_MAX {
            return Err(CaseError::Invalid(format!(
                "it was answered {REPLIES_MAX} times, which is the most"
            ))
            .into());
        }
        mistake.reply(outcome, &request.text, self.moment())?;
        self.note = Some(format!("receipt {id}: {}", outcome.name()));
        let report = self.report_of(&mistake)?;
        self.entries.push(Entry::Mistake(Box::new(mistake)));
        Ok(report)
    }

    fn answers(&self, mistake: &Mistake) -> bool {
        mistake.is_answered_by(self.caller, &self.engine.settings.steward_role)
    }

    /// Whether an own case lets nobody know that it is about a node.
    fn is_silent_about(&self, node: NodeId) -> bool {
        self.book.cases_of(self.caller).any(|case| {
            case.is_in_force(self.day)
                && case.presence.is_silent_on(self.day)
                && (case.nodes.contains(&node) || case.units.contains(&node))
        })
    }

    fn report_of(&self, mistake: &Mistake) -> Result<MistakeReport, DeskError> {
        let nodes = BTreeSet::from([mistake.node]);
        let is_mine = mistake.by == self.caller.id;
        Ok(MistakeReport {
            receipt: mistake.receipt.to_string(),
            reported_on: mistake.day.to_string(),
            node: self.named(&nodes)?.into_iter().next(),
            property: mistake.property.clone(),
            source: mistake.line.title.clone(),
            owner: mistake.line.owner.clone(),
            file: mistake.line.file.clone(),
            line: mistake.line.line,
            text: mistake.text.clone(),
            reporter: (mistake.named || is_mine).then(|| mistake.department.clone()),
            replies: mistake
                .replies
                .iter()
                .map(|reply| MistakeReply {
                    day: reply.day.to_string(),
                    outcome: reply.outcome.name(),
                    text: reply.text.clone(),
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::authz::Principal;
    use crate::engine::desk::{OpenRequest, PresenceRequest};
    use crate::engine::{Access, DeskSettings, Outside};
    use crate::flag::tests::world::{POLICY, Tiny, reader};

    const PURPOSE: &str = "woonfraude";

    fn access() -> Access<'static> {
        Access {
            purpose: Some(PURPOSE),
            action: "mistake-report",
            ..Access::default()
        }
    }

    /// An address that Wonen delivers, with a signal of the police that others do not see.
    fn world() -> Tiny {
        world_with(Arc::new(|_| 7))
    }

    fn world_with(draw: Arc<dyn Fn(&str) -> u64 + Send + Sync>) -> Tiny {
        let text = "Address a use=woonfunctie\nSignal s date=2026-10-01 @politie !\ns -ABOUT-> a @politie !\n";
        let outside = Outside {
            now: || "2026-11-01T12:00:00Z".parse().unwrap(),
            draw,
        };
        let settings = DeskSettings {
            silent_roles: vec!["lezer".to_owned()],
            ..DeskSettings::default()
        };
        let tiny = Tiny::new(text, PURPOSE, || "2026-11-01".parse().unwrap());
        let tiny = tiny.with_desk(settings, outside);
        tiny.under(POLICY);
        tiny
    }

    fn person(id: &str, department: &str, roles: &[&str]) -> Principal {
        Principal {
            id: id.to_owned(),
            department: department.to_owned(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            ..reader(Level::Vertrouwelijk)
        }
    }

    fn steward() -> Principal {
        person("beheer", "wonen", &["gegevensbeheer"])
    }

    /// A request about what is said of a node, as who may see all finds it.
    fn about(tiny: &Tiny, name: &str) -> MistakeRequest {
        let node = tiny.id(name);
        let all = reader(Level::ZeerGeheim);
        let read = tiny
            .engine
            .read(&all, access(), |session| session.node(&node));
        let answer = read.unwrap().release_blocking().unwrap().unwrap();
        let source = answer.body.statements.into_iter().next().unwrap().source;
        MistakeRequest {
            node,
            edge: None,
            delivery: source.delivery,
            file: source.file,
            line: source.line,
            property: None,
            text: "het is een winkel".to_owned(),
            named: false,
            case: None,
        }
    }

    fn report(
        tiny: &Tiny,
        who: &Principal,
        request: &MistakeRequest,
    ) -> Result<MistakeReport, String> {
        let done = tiny
            .engine
            .act(who, access(), |desk| desk.report_mistake(request));
        let done = done.unwrap().release_blocking().unwrap();
        done.map_err(|error| error.to_string())
    }

    fn list(tiny: &Tiny, who: &Principal) -> MistakeList {
        let looked = tiny.engine.look(who, access(), |desk| desk.mistakes());
        looked.unwrap().release_blocking().unwrap().unwrap()
    }

    fn reply(tiny: &Tiny, who: &Principal, receipt: &str) -> Result<MistakeReport, String> {
        let request = MistakeReplyRequest {
            outcome: "corrected".to_owned(),
            text: "het was een tikfout".to_owned(),
        };
        let done = tiny.engine.act(who, access(), |desk| {
            desk.reply_to_mistake(receipt, &request)
        });
        let done = done.unwrap().release_blocking().unwrap();
        done.map_err(|error| error.to_string())
    }

    #[test]
    fn the_owner_learns_what_the_reporter_chose_to_say_and_nothing_else() {
        let told = |department: &str, in_case: bool, named: bool| {
            let tiny = world();
            let who = person(&format!("van-{department}"), department, &["lezer"]);
            let mut request = about(&tiny, "a");
            if in_case {
                let open = OpenRequest {
                    title: "t".to_owned(),
                    goal: "g".to_owned(),
                    nodes: vec![request.node.clone()],
                    end: "2026-12-01".to_owned(),
                    ..OpenRequest::default()
                };
                let done = tiny
                    .engine
                    .act(&who, access(), |desk| Ok(desk.open(&open)?.id));
                request.case = Some(done.unwrap().release_blocking().unwrap().unwrap());
            }
            request.named = named;
            report(&tiny, &who, &request).unwrap();
            serde_json::to_string(&list(&tiny, &steward()).received).unwrap()
        };
        let unnamed = told("zorg", false, false);
        assert!(unnamed.contains("winkel"), "{unnamed}");
        assert_eq!(told("handhaving", false, false), unnamed);
        assert_eq!(told("handhaving", true, false), unnamed);
        assert!(told("zorg", true, true).contains("\"reporter\":\"o/zorg\""));
    }

    #[test]
    fn an_answer_comes_back_and_nobody_else_sees_either() {
        let tiny = world();
        let who = person("zus", "zorg", &[]);
        let receipt = report(&tiny, &who, &about(&tiny, "a")).unwrap().receipt;
        for other in [
            person("buur", "zorg", &["gegevensbeheer"]),
            person("collega", "wonen", &[]),
        ] {
            let seen = list(&tiny, &other);
            assert_eq!(
                (seen.reported_count, seen.received_count),
                (0, 0),
                "{seen:?}"
            );
            let missing = "0000000000008";
            assert_eq!(
                reply(&tiny, &other, &receipt).unwrap_err(),
                reply(&tiny, &other, missing)
                    .unwrap_err()
                    .replace(missing, &receipt),
            );
        }
        reply(&tiny, &steward(), &receipt).unwrap();
        let seen = list(&tiny, &who);
        let [mine] = seen.reported.as_slice() else {
            panic!("{seen:?}");
        };
        assert_eq!(mine.replies[0].outcome, "corrected");
        assert!(!serde_json::to_string(mine).unwrap().contains("beheer"));
    }

    #[test]
    fn what_is_hidden_cannot_be_reported_and_cannot_be_told_from_what_is_not_there() {
        let tiny = world();
        let who = person("zus", "zorg", &[]);
        let hidden = report(&tiny, &who, &about(&tiny, "s")).unwrap_err();
        let missing = MistakeRequest {
            node: "0000000000000".to_owned(),
            ..about(&tiny, "s")
        };
        let node = tiny.id("s");
        assert_eq!(
            hidden.replace(&node, "0000000000000"),
            report(&tiny, &who, &missing).unwrap_err()
        );
        // Another line of a node that is seen.
        let elsewhere = MistakeRequest {
            line: 99,
            ..about(&tiny, "a")
        };
        let of_hidden = MistakeRequest {
            node: tiny.id("a"),
            ..about(&tiny, "s")
        };
        assert_eq!(
            report(&tiny, &who, &elsewhere),
            report(&tiny, &who, &of_hidden)
        );
        assert!(report(&tiny, &who, &elsewhere).is_err());
    }

    #[test]
    fn a_steward_sees_no_report_above_their_clearance() {
        let tiny = world();
        let police = Principal {
            department: "politie".to_owned(),
            ..reader(Level::ZeerGeheim)
        };
        report(&tiny, &police, &about(&tiny, "s")).unwrap();
        let steward = |clearance| Principal {
            clearance,
            ..person("beheer", "politie", &["gegevensbeheer"])
        };
        assert_eq!(list(&tiny, &steward(Level::Intern)).received_count, 0);
        assert_eq!(list(&tiny, &steward(Level::ZeerGeheim)).received_count, 1);
    }

    #[test]
    fn who_is_silent_about_a_thing_cannot_tell_of_it_by_a_report() {
        let tiny = world();
        let who = person("zus", "zorg", &["lezer"]);
        let request = about(&tiny, "a");
        let open = OpenRequest {
            title: "t".to_owned(),
            goal: "g".to_owned(),
            nodes: vec![request.node.clone()],
            end: "2026-12-01".to_owned(),
            presence: Some(PresenceRequest {
                answer: "silent".to_owned(),
                until: Some("2026-11-20".to_owned()),
                ..PresenceRequest::default()
            }),
            ..OpenRequest::default()
        };
        let done = tiny
            .engine
            .act(&who, access(), |desk| Ok(desk.open(&open)?.id));
        done.unwrap().release_blocking().unwrap().unwrap();
        assert!(
            report(&tiny, &who, &request)
                .unwrap_err()
                .contains("silent")
        );
        assert_eq!(list(&tiny, &steward()).received_count, 0);
    }

    #[test]
    fn nobody_floods_a_department() {
        let drawn = std::sync::atomic::AtomicU64::new(0);
        let tiny = world_with(Arc::new(move |_| {
            drawn.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        }));
        let who = person("zus", "zorg", &[]);
        let request = about(&tiny, "a");
        for (text, told) in [(" ".to_owned(), "not blank"), ("x".repeat(4_001), "4001")] {
            let wrong = MistakeRequest {
                text,
                ..request.clone()
            };
            assert!(report(&tiny, &who, &wrong).unwrap_err().contains(told));
        }
        for _ in 0..MISTAKES_PER_DAY_MAX {
            report(&tiny, &who, &request).unwrap();
        }
        assert!(
            report(&tiny, &who, &request)
                .unwrap_err()
                .contains("as often as one may")
        );
        assert_eq!(list(&tiny, &steward()).received_count, MISTAKES_PER_DAY_MAX);
    }
}
