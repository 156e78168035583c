//! Lists whose positions are typed by what stands there, so that a person's is never taken for an address's.

use std::marker::PhantomData;

use super::GenerateError;

/// Where an item stands in its [`Arena`].
pub(crate) struct Position<T> {
    index: u32,
    of: PhantomData<fn() -> T>,
}

// Written out, since a derive would ask `T` for what only the index needs.
impl<T> Clone for Position<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Position<T> {}

impl<T> PartialEq for Position<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<T> Eq for Position<T> {}

impl<T> std::fmt::Debug for Position<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "#{}", self.index)
    }
}

impl<T> Position<T> {
    /// Returns the count of items that stand before this one.
    pub(crate) fn index(self) -> u32 {
        self.index
    }
}

/// A list that only grows, so that a position given out stays good.
#[derive(Debug)]
pub(crate) struct Arena<T> {
    items: Vec<T>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> Arena<T> {
    /// Adds an item and tells where it stands.
    pub(crate) fn push(&mut self, item: T) -> Position<T> {
        let position = Self::position(self.items.len());
        self.items.push(item);
        position
    }

    /// Returns the item at `position`.
    ///
    /// # Errors
    /// [`GenerateError::Inconsistent`] if the position is of another arena: a mistake of the generator, never of its caller.
    pub(crate) fn at(&self, position: Position<T>) -> Result<&T, GenerateError> {
        self.items
            .get(position.index as usize)
            .ok_or(GenerateError::Inconsistent("a position outside its list"))
    }

    /// Returns the item at `position`, to change it.
    ///
    /// # Errors
    /// As [`Arena::at`].
    pub(crate) fn at_mut(&mut self, position: Position<T>) -> Result<&mut T, GenerateError> {
        self.items
            .get_mut(position.index as usize)
            .ok_or(GenerateError::Inconsistent("a position outside its list"))
    }

    /// Returns the count of items.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    /// Returns the position of the item that `index` others stand before, if there is one.
    pub(crate) fn nth(&self, index: u32) -> Option<Position<T>> {
        (index < self.len()).then(|| Self::position(index as usize))
    }

    /// Goes through all positions in the order their items were added.
    pub(crate) fn positions(&self) -> impl Iterator<Item = Position<T>> + use<T> {
        (0..self.items.len()).map(Self::position)
    }

    fn position(index: usize) -> Position<T> {
        // The limit on persons keeps every list far below 2^32 items.
        Position {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            of: PhantomData,
        }
    }
}
