//! What is worked out once for a day.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::model::Day;

/// What is worked out once for a day, and kept until another is asked for.
pub(super) struct OfDay<T>(ArcSwapOption<(Day, Arc<T>)>);

impl<T> OfDay<T> {
    /// Nothing yet.
    pub(super) fn empty() -> Self {
        Self(ArcSwapOption::empty())
    }

    /// What is kept of a day, or else worked out now.
    ///
    /// # Errors
    /// Those of working it out; then nothing is kept.
    pub(super) fn get<E>(
        &self,
        day: Day,
        work_out: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let known = self.0.load_full();
        if let Some((_, known)) = known.as_deref().filter(|(of, _)| *of == day) {
            return Ok(Arc::clone(known));
        }
        let fresh = Arc::new(work_out()?);
        self.0.store(Some(Arc::new((day, Arc::clone(&fresh)))));
        Ok(fresh)
    }
}
