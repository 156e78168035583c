//! Flags for who reads them: found again in what reader and mandate may both see, and judged.

use std::sync::Arc;

use super::scans::ScanError;
use super::{Access, AccessError, Compiler, Current, Engine, Reading, Recorded, Scope};
use crate::authz::{AuthorizedView, Principal};
use crate::flag::{Act, ActDone, Basis, FlagDesk, FlagError, MandateReport, Sight};
use crate::model::TimeSpan;
use crate::query::Session;
use crate::scan::run::Mandate;

impl Engine {
    /// Lets a caller read flags and patterns: as [`Self::read`], with the desk of flags beside the session.
    ///
    /// # Errors
    /// [`AccessError`].
    pub fn read_flags<T, E: From<FlagError>>(
        &self,
        caller: &Principal,
        access: Access<'_>,
        read: impl FnOnce(&Session, &FlagDesk<'_>) -> Result<T, E>,
    ) -> Result<Recorded<Result<T, E>>, AccessError> {
        self.read_with(caller, access, |session, reading| {
            let records = self.store.records().map_err(FlagError::from)?;
            let sight = |mandate: &Mandate, span, then: Option<&Basis>| {
                let sight = self.sight(reading, mandate, span, then);
                sight.map_err(|error| error.to_string())
            };
            let desk = FlagDesk {
                reader: caller,
                library: &self.scans.library,
                mandates: &self.scans.mandates,
                records: &records,
                secret: self.store.secret(),
                schema: &reading.current.source.schema,
                cache: &self.scans.finds,
                sight: &sight,
                deliveries_by: &|revision| self.store.deliveries_by(revision),
            };
            read(session, &desk)
        })
    }

    /// Does something with a flag that the caller sees: checked, recorded, and only then stored.
    ///
    /// # Errors
    /// [`AccessError`]; the inner error is the flag's.
    pub fn act_on_flag(
        &self,
        caller: &Principal,
        access: Access<'_>,
        id: &str,
        act: Act,
    ) -> Result<Result<ActDone, FlagError>, AccessError> {
        self.wait_for_load()?;
        let recorded = self.read_flags(caller, access, |session, desk| {
            desk.prepare(session, id, act)
        })?;
        let prepared = match recorded.release_blocking()? {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Err(error)),
        };
        let today = (self.today)().to_string();
        Ok(prepared
            .apply(&self.store, &caller.id, &today)
            .map_err(FlagError::from))
    }

    /// What a reader and a mandate may both see: of what the reader reads, or of what a run rested on.
    fn sight(
        &self,
        reading: Reading<'_>,
        mandate: &Mandate,
        span: TimeSpan,
        then: Option<&Basis>,
    ) -> Result<Sight, AccessError> {
        let Reading {
            current,
            clearance,
            day,
            case,
        } = reading;
        let (_, _, of_mandate) = self.mandated(mandate, current)?;
        let mut both = clearance.intersection(&of_mandate);
        let mut known = Arc::clone(current);
        if let Some(basis) = then {
            // What the mandate did not see then supported nothing, though it may see it by now.
            both = both.within(&basis.sight.classes);
            known = self.as_known_at(basis.revision, current)?;
        }
        let source = known.source_for(&both)?;
        let both = Arc::new(both);
        let scope = case.map(|case| Scope::new(case, (self.today)(), (self.outside.now)()));
        let mut fingerprint = blake3::Hasher::new();
        fingerprint.update(&both.fingerprint());
        if let Some(scope) = &scope {
            fingerprint.update(&scope.digest(day));
        }
        let revision = source.snapshot.revision();
        let compiler = Compiler {
            views: Arc::clone(&self.views),
            source,
            clearance: both,
            day,
            scope,
        };
        Ok(Sight {
            view: compiler.view(span),
            fingerprint: fingerprint.finalize().into(),
            revision,
        })
    }

    /// What was known at a revision, under the rules of a reader.
    fn as_known_at(
        &self,
        revision: u64,
        current: &Arc<Current>,
    ) -> Result<Arc<Current>, AccessError> {
        let deliveries = self.store.deliveries_by(revision).map_err(Arc::new)?;
        self.known_after(deliveries, current)
    }

    /// The view of a mandate, for reports of the office that runs it.
    fn mandate_view(
        &self,
        mandate: &Mandate,
        span: TimeSpan,
    ) -> Result<Arc<AuthorizedView>, AccessError> {
        let current = self.current.load_full();
        let (_, _, clearance) = self.mandated(mandate, &current)?;
        let source = current.source_for(&clearance)?;
        Ok(self.whole_view(source, clearance, span))
    }

    /// How the patterns of a mandate do: hit rates, and how flags spread.
    ///
    /// # Errors
    /// [`ScanError`], [`FlagError`] within.
    pub fn flag_report(
        &self,
        mandate: &str,
    ) -> Result<Result<MandateReport, FlagError>, ScanError> {
        let mandate = self.mandate(mandate)?;
        let view = self.mandate_view(mandate, TimeSpan::On((self.today)()))?;
        let records = self.store.records()?;
        Ok(MandateReport::of(&records, mandate, &view))
    }
}
