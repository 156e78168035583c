//! Where the words of a revision are kept: statements with their properties and provenance, and the index of names.

use std::sync::Arc;

use crate::model::{
    Delivery, DeliveryId, EdgeId, FindBy, MarkingId, NodeId, PropertyClass, Statement,
};

/// Why the archive gave no answer: the store could not be read. Callers stop; they do not retry.
#[derive(Debug, thiserror::Error)]
#[error("the store could not be read: {0}")]
pub struct ArchiveError(pub Box<dyn std::error::Error + Send + Sync>);

/// Which entries of the index of names to visit.
#[derive(Debug, Clone, Copy)]
pub struct IndexQuery<'a> {
    /// How they are found.
    pub kind: FindBy,
    /// What their tokens begin with.
    pub prefix: &'a str,
    /// The first to visit, if there is one at that place; else the next.
    pub from: Option<(&'a str, NodeId)>,
    /// Markings and classes that the caller may read: entries of statements and properties with others are not touched,
    /// so they cost no work either.
    pub readable: &'a [(MarkingId, PropertyClass)],
}

/// What a snapshot leaves in the store. An implementation reads one revision, whatever is written meanwhile.
///
/// It knows no caller: a view asks it, and drops what its caller may not see before anything leaves.
pub trait Archive: Send + Sync {
    /// Statements about the node with this key, in a stable order.
    ///
    /// # Errors
    /// [`ArchiveError`] if the store cannot be read.
    fn node_statements(&self, key: NodeId) -> Result<Vec<Statement>, ArchiveError>;

    /// Statements about an edge, in a stable order.
    ///
    /// # Errors
    /// [`ArchiveError`] if the store cannot be read.
    fn edge_statements(&self, edge: EdgeId) -> Result<Vec<Statement>, ArchiveError>;

    /// The delivery with this id.
    ///
    /// # Errors
    /// [`ArchiveError`] if the store cannot be read, or holds no such delivery.
    fn delivery(&self, id: DeliveryId) -> Result<Arc<Delivery>, ArchiveError>;

    /// Visits index entries, each (token, key) once and in that order, until `visit` returns false. An entry is only a
    /// proposal: a statement that holds, and that the caller may see, must confirm it.
    ///
    /// # Errors
    /// [`ArchiveError`] if the store cannot be read, or what `visit` returns.
    fn find(
        &self,
        query: IndexQuery<'_>,
        visit: &mut dyn FnMut(&str, NodeId) -> Result<bool, ArchiveError>,
    ) -> Result<(), ArchiveError>;
}
