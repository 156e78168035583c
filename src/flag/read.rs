//! Reads of flags, for one reader.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;

use super::answer::{
    DossierWithFlags, FlagAnswer, FlagElement, FlagLine, FlagPage, FlagSection, JudgementLine,
    ParameterLine, PatternAnswer, PatternLine, PatternList, PatternParameter,
};
use super::desk::{FlagDesk, Used};
use super::stored::{ACTS, Acts, Case, FlagRecord, Judgement, Sighting, latest_run};
use super::{FlagError, HitRate, PAGE_DEFAULT, PAGE_MAX};
use crate::model::{Day, NodeId};
use crate::query::{Answer, NodeSummary, Session};
use crate::scan::run::{Element, Mandate, Match};
use crate::store::ReadRecords;

/// Which flags are asked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct FlagRequest {
    /// Only of this pattern.
    pub pattern: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// Only about this node.
    pub subject: Option<String>,
    /// How many on a page.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

const STATES: [&str; 4] = ["open", "useful", "not-useful", "wrong-data"];

const NOTICE: &str = "Een markering is een vraag, geen besluit. Zoek eerst uit of zij klopt, en leg uw oordeel vast met een reden.";

/// A flag as a reader sees it.
pub(super) struct Seen {
    /// The identifier that the reader's sight gives it.
    pub(super) id: String,
    flag: FlagRecord,
    pub(super) mandate: Arc<Mandate>,
    used: Used,
    pub(super) found: Match,
    raised: Day,
    on: Day,
    expires: Day,
    current: bool,
    acts: Acts,
}

impl Seen {
    fn state(&self) -> &'static str {
        match self.acts.judgements.last() {
            None => "open",
            Some(judgement) => verdict_name(judgement.verdict),
        }
    }
}

pub(super) fn verdict_name(verdict: super::Verdict) -> &'static str {
    match verdict {
        super::Verdict::Useful => "useful",
        super::Verdict::NotUseful => "not-useful",
        super::Verdict::WrongData => "wrong-data",
    }
}

impl FlagDesk<'_> {
    /// Lists the flags that a reader may see, by identifier.
    ///
    /// # Errors
    /// [`FlagError`].
    pub fn list(
        &self,
        session: &Session,
        request: &FlagRequest,
    ) -> Result<Answer<FlagPage>, FlagError> {
        let limit = request.limit.unwrap_or(PAGE_DEFAULT);
        if limit == 0 || limit > PAGE_MAX {
            return Err(FlagError::Invalid(format!(
                "`limit` is {limit}, it must be from 1 to {PAGE_MAX}"
            )));
        }
        if let Some(state) = request
            .state
            .as_deref()
            .filter(|state| !STATES.contains(state))
        {
            return Err(FlagError::Invalid(format!(
                "`state` is `{state}`, it must be one of: {}",
                STATES.join(", ")
            )));
        }
        let mut found = self.all_seen(session, |flag| {
            request
                .pattern
                .as_ref()
                .is_none_or(|id| flag.pattern == *id)
        })?;
        found.retain(|seen| {
            let is_after = request.after.as_ref().is_none_or(|after| seen.id > *after);
            let is_about = request
                .subject
                .as_ref()
                .is_none_or(|subject| session.is_same_node(subject, seen.found.subject));
            let is_in_state = request
                .state
                .as_ref()
                .is_none_or(|state| seen.state() == state);
            is_after && is_about && is_in_state
        });
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().map(|last| last.id.clone()).filter(|_| more);
        let mut flags = Vec::new();
        for seen in &found {
            flags.extend(self.line(session, seen)?);
        }
        Ok(session.answer_over_time(FlagPage { flags, next }, None))
    }

    /// One flag with everything that it rests on.
    ///
    /// # Errors
    /// [`FlagError::UnknownFlag`] if it is missing or hidden.
    pub fn flag(&self, session: &Session, id: &str) -> Result<Answer<FlagAnswer>, FlagError> {
        let seen = self.one(session, id)?;
        let answer = self.whole(session, &seen)?;
        let answer = answer.ok_or_else(|| FlagError::UnknownFlag(id.to_owned()))?;
        Ok(session.answer_over_time(answer, None))
    }

    /// A dossier, and the flags about its subject that the reader may see.
    ///
    /// # Errors
    /// As [`Session::dossier`].
    pub fn dossier(
        &self,
        session: &Session,
        id: &str,
    ) -> Result<Answer<DossierWithFlags>, FlagError> {
        let Answer {
            as_of,
            known_at,
            purpose,
            view_digest,
            truncated,
            body,
        } = session.dossier(id)?;
        let subject = body.subject.node.id.clone();
        let mut flags = Vec::new();
        for seen in self.all_seen(session, |_| true)? {
            if session.is_same_node(&subject, seen.found.subject) {
                flags.extend(self.line(session, &seen)?);
            }
        }
        flags.sort_by(|one, other| {
            let key = |line: &FlagLine| (line.pattern.clone(), std::cmp::Reverse(line.score));
            key(one)
                .cmp(&key(other))
                .then_with(|| one.id.cmp(&other.id))
        });
        Ok(Answer {
            as_of,
            known_at,
            purpose,
            view_digest,
            truncated,
            body: DossierWithFlags {
                dossier: body,
                flag_section: FlagSection {
                    title_nl: "Markeringen".to_owned(),
                    title_en: "Flags".to_owned(),
                    flags,
                },
            },
        })
    }

    /// The patterns. They are public: who is looked for, and how, is published.
    pub fn patterns(&self, session: &Session) -> Answer<PatternList> {
        let patterns = self
            .library
            .iter()
            .map(|pattern| PatternLine::of(pattern))
            .collect();
        session.answer(PatternList { patterns }, None)
    }

    /// One pattern, with how its flags that the reader may see were judged.
    ///
    /// # Errors
    /// [`FlagError::UnknownPattern`].
    pub fn pattern(&self, session: &Session, id: &str) -> Result<Answer<PatternAnswer>, FlagError> {
        let pattern = self
            .library
            .get(id)
            .ok_or_else(|| FlagError::UnknownPattern(id.to_owned()))?;
        let mut hit_rate = HitRate::default();
        for seen in self.all_seen(session, |flag| flag.pattern == id)? {
            hit_rate.count(seen.acts.judgements.last().map(|one| one.verdict));
        }
        let front = &pattern.front;
        let body = PatternAnswer {
            pattern: PatternLine::of(pattern),
            meaning_nl: front.meaning.nl.clone(),
            meaning_en: front.meaning.en.clone(),
            lowers_nl: front.lowers.nl.clone(),
            falsepositives_nl: front
                .falsepositives
                .iter()
                .map(|one| one.nl.clone())
                .collect(),
            legal_basis: front.legal.basis.clone(),
            retention_days: front.retention_days,
            realert_after_days: front.realert_after_days,
            parameters: PatternParameter::all(pattern),
            monotone: pattern.compiled.is_monotone(),
            complete: front.complete.clone(),
            hash: pattern.hash.clone(),
            text: pattern.text.clone(),
            hit_rate,
        };
        Ok(session.answer(body, None))
    }

    /// Identifiers of the flags that were put into a case last, as far as the reader sees them.
    ///
    /// # Errors
    /// [`FlagError`].
    pub fn of_case(&self, session: &Session, case: &str) -> Result<Vec<String>, FlagError> {
        let seen = self.all_seen(session, |_| true)?.into_iter();
        let in_case = seen.filter(|seen| last_name(&seen.acts.cases).as_deref() == Some(case));
        Ok(in_case.map(|seen| seen.id).collect())
    }

    /// A flag by its identifier, as the reader sees it.
    pub(super) fn one(&self, session: &Session, id: &str) -> Result<Seen, FlagError> {
        let is_it = |flag: &FlagRecord| {
            let mut keys = flag.keys.iter();
            keys.any(|&key| self.secret.flag(&flag.mandate, &flag.pattern, key) == id)
        };
        let seen = self.all_seen(session, is_it)?.into_iter();
        seen.into_iter()
            .find(|seen| seen.id == id)
            .ok_or_else(|| FlagError::UnknownFlag(id.to_owned()))
    }

    /// The flags among some that the reader sees, by identifier.
    fn all_seen(
        &self,
        session: &Session,
        among: impl Fn(&FlagRecord) -> bool,
    ) -> Result<Vec<Seen>, FlagError> {
        let all = self.all()?;
        let mut found: Vec<Seen> = Vec::new();
        for flag in all.iter().filter(|flag| among(flag)) {
            for seen in self.seen(session, flag, &all)? {
                // Keys that the mandate sees as two nodes may be one to this reader.
                if !found.iter().any(|known| known.id == seen.id) {
                    found.push(seen);
                }
            }
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }

    /// What a reader sees of a flag: nothing, itself, or one for each node that its keys lead this reader to.
    fn seen(
        &self,
        session: &Session,
        flag: &FlagRecord,
        all: &[FlagRecord],
    ) -> Result<Vec<Seen>, FlagError> {
        let Some(mandate) = self.mandate_for(flag, session.purpose()) else {
            return Ok(Vec::new());
        };
        let day = session.day();
        let mut subjects: BTreeSet<NodeId> = BTreeSet::new();
        for sighting in flag
            .sightings
            .iter()
            .filter(|sighting| sighting.as_of <= day)
        {
            if let Some(used) = self.used(sighting, &flag.pattern)? {
                let found = self.found_again(mandate, sighting, &used, all)?;
                let nodes = flag.keys.iter().filter_map(|key| found.subjects.get(key));
                subjects.extend(nodes);
            }
        }
        let mut seen = Vec::new();
        for subject in subjects {
            seen.extend(self.seen_about(session, flag, mandate, subject, all)?);
        }
        Ok(seen)
    }

    fn seen_about(
        &self,
        session: &Session,
        flag: &FlagRecord,
        mandate: &Arc<Mandate>,
        subject: NodeId,
        all: &[FlagRecord],
    ) -> Result<Option<Seen>, FlagError> {
        let day = session.day();
        let mut newest = None;
        let past = flag
            .sightings
            .iter()
            .filter(|sighting| sighting.as_of <= day);
        let past: Vec<&Sighting> = past.collect();
        for (place, sighting) in past.iter().enumerate().rev() {
            let Some(used) = self.used(sighting, &flag.pattern)? else {
                continue;
            };
            let found = self.found_again(mandate, sighting, &used, all)?;
            if let Some(found) = found.matches.get(&subject) {
                newest = Some((place, used, found.clone()));
                break;
            }
        }
        let Some((place, used, found)) = newest else {
            return Ok(None);
        };
        let Some(on) = past.get(place).map(|sighting| sighting.as_of) else {
            return Ok(None);
        };
        let mut raised = on;
        for sighting in past.iter().take(place) {
            let Some(earlier) = self.used(sighting, &flag.pattern)? else {
                continue;
            };
            let found = self.found_again(mandate, sighting, &earlier, all)?;
            if found.matches.contains_key(&subject) {
                raised = sighting.as_of;
                break;
            }
        }
        let retention = used.pattern.front.retention_days;
        let expires = on.plus(i32::try_from(retention).unwrap_or(i32::MAX));
        if day >= expires {
            return Ok(None);
        }
        let latest = latest_run(self.records, &flag.mandate, &flag.pattern)?;
        let run = past.get(place).map(|sighting| sighting.run.as_str());
        let current = latest.is_some_and(|latest| Some(latest.run.as_str()) == run);
        let id = self.secret.flag(&flag.mandate, &flag.pattern, subject);
        let acts: Option<Acts> = self.records.get(ACTS, &id)?;
        Ok(Some(Seen {
            id,
            acts: visible_acts(session, acts.unwrap_or_default()),
            flag: flag.clone(),
            mandate: Arc::clone(mandate),
            used,
            found,
            raised,
            on,
            expires,
            current,
        }))
    }

    fn line(&self, session: &Session, seen: &Seen) -> Result<Option<FlagLine>, FlagError> {
        let Some(subject) = name(session, seen.found.subject)? else {
            return Ok(None);
        };
        let front = &seen.used.pattern.front;
        let mut sentences = Vec::new();
        for sentence in [
            &seen.used.pattern.sentence_nl,
            &seen.used.pattern.sentence_en,
        ] {
            // A node of the sentence is part of the match, so the reader's view has it; what fails is a read.
            let mut failed = None;
            let text = seen
                .found
                .sentence(sentence, &seen.used.parameters, |node| {
                    match name(session, node) {
                        Ok(Some(node)) => node.name,
                        Ok(None) => "?".to_owned(),
                        Err(error) => {
                            failed = Some(error);
                            String::new()
                        }
                    }
                });
            if let Some(error) = failed {
                return Err(error);
            }
            sentences.push(text);
        }
        let mut sentences = sentences.into_iter();
        Ok(Some(FlagLine {
            id: seen.id.clone(),
            pattern: front.id.clone(),
            pattern_version: front.version,
            title_nl: front.title.nl.clone(),
            title_en: front.title.en.clone(),
            subject,
            score: seen.found.score,
            sentence_nl: sentences.next().unwrap_or_default(),
            sentence_en: sentences.next().unwrap_or_default(),
            raised_on: seen.raised.to_string(),
            seen_on: seen.on.to_string(),
            expires_on: seen.expires.to_string(),
            current: seen.current,
            state: seen.state().to_owned(),
            assignee: last_name(&seen.acts.assignees),
            case_id: last_name(&seen.acts.cases),
        }))
    }

    fn whole(&self, session: &Session, seen: &Seen) -> Result<Option<FlagAnswer>, FlagError> {
        let Some(flag) = self.line(session, seen)? else {
            return Ok(None);
        };
        let front = &seen.used.pattern.front;
        let mut evidence = Vec::new();
        for element in &seen.found.evidence {
            evidence.extend(self.element(session, element)?);
        }
        let parameters = seen.used.parameters.iter().map(|(name, &value)| {
            let declared = front.params.get(name);
            ParameterLine {
                name: name.clone(),
                value,
                title_nl: declared.map_or_else(String::new, |one| one.title.nl.clone()),
                source: declared.map_or_else(String::new, |one| one.source.clone()),
            }
        });
        let texts = |nl: bool| {
            let one = front.falsepositives.iter();
            one.map(|text| if nl { &text.nl } else { &text.en })
                .cloned()
                .collect()
        };
        let judgements = seen.acts.judgements.iter().map(|judgement| JudgementLine {
            verdict: judgement.verdict,
            reason: judgement.reason.clone(),
            by: judgement.by.clone(),
            on: judgement.on.clone(),
        });
        Ok(Some(FlagAnswer {
            flag,
            meaning_nl: front.meaning.nl.clone(),
            meaning_en: front.meaning.en.clone(),
            lowers_nl: front.lowers.nl.clone(),
            lowers_en: front.lowers.en.clone(),
            falsepositives_nl: texts(true),
            falsepositives_en: texts(false),
            legal_basis: front.legal.basis.clone(),
            mandate: seen.flag.mandate.clone(),
            pattern_hash: seen.used.pattern.hash.clone(),
            parameters: parameters.collect(),
            evidence,
            judgements: judgements.collect(),
            notice_nl: NOTICE.to_owned(),
        }))
    }

    fn element(
        &self,
        session: &Session,
        element: &Element,
    ) -> Result<Option<FlagElement>, FlagError> {
        Ok(match element {
            Element::Node { id } => name(session, *id)?.map(|node| FlagElement {
                node: Some(node),
                edge: None,
            }),
            Element::Edge { id, from, .. } => {
                session.edge_by_id(*from, *id).map(|edge| FlagElement {
                    node: None,
                    edge: Some(edge),
                })
            }
        })
    }
}

/// The newest name; an empty one took back what stood.
fn last_name(acts: &[Case]) -> Option<String> {
    let newest = acts.last().map(|one| one.name.clone());
    newest.filter(|name| !name.is_empty())
}

fn name(session: &Session, id: NodeId) -> Result<Option<NodeSummary>, FlagError> {
    Ok(session.summary_over_time(id)?)
}

/// What people did with a flag, as far as the reader sees all of what they did it on.
fn visible_acts(session: &Session, acts: Acts) -> Acts {
    let sees = |seen: &[Element]| seen.iter().all(|element| sees_element(session, element));
    let keep = |one: &Case| sees(&one.seen);
    Acts {
        judgements: acts
            .judgements
            .into_iter()
            .filter(|one: &Judgement| sees(&one.seen))
            .collect(),
        assignees: acts.assignees.into_iter().filter(keep).collect(),
        cases: acts.cases.into_iter().filter(keep).collect(),
    }
}

fn sees_element(session: &Session, element: &Element) -> bool {
    match element {
        Element::Node { id } => session.sees_node(*id),
        Element::Edge { id, from, .. } => session.edge_by_id(*from, *id).is_some(),
    }
}
