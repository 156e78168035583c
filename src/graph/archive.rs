//! Where the words of a revision are kept: statements with their properties and provenance, and the index of names.

use std::sync::Arc;

use crate::model::{Delivery, DeliveryId, EdgeId, FindBy, NodeId, Statement};

/// Why the archive gave no answer: the store could not be read. Callers stop; they do not retry.
#[derive(Debug, thiserror::Error)]
#[error("the store could not be read: {0}")]
pub struct ArchiveError(pub Box<dyn std::error::Error + Send + Sync>);

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

    /// Visits the index entries of one kind whose token begins with `prefix`, ordered by (token, key), from the first
    /// at or after `from`, until `visit` returns false. An entry is only a proposal: a statement that the caller may
    /// see must confirm it.
    ///
    /// # Errors
    /// [`ArchiveError`] if the store cannot be read, or what `visit` returns.
    fn find(
        &self,
        kind: FindBy,
        prefix: &str,
        from: Option<(&str, NodeId)>,
        visit: &mut dyn FnMut(&str, NodeId) -> Result<bool, ArchiveError>,
    ) -> Result<(), ArchiveError>;
}
