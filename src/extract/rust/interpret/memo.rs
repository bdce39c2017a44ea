//! What places of the code stand for, found once: a path leads to the same definitions, and a written type is the same type,
//! however often the function around is evaluated. Knows nothing of values: what depends on them is not kept here.

use std::sync::{Mutex, PoisonError};

use foldhash::HashMap;

use crate::extract::rust::names::{ImplId, ModId};
use crate::extract::rust::types::TyScope;

/// Evaluations on several threads ask at once: each part has a lock of its own.
const PARTS: usize = 64;

/// Answers by the node of the tree that is asked about and the scope that it is read in.
#[derive(Debug)]
pub struct Memo<V> {
    parts: Vec<Mutex<HashMap<Key, V>>>,
}

/// Address of the node, module, impl.
type Key = (usize, ModId, Option<ImplId>);

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| Mutex::default()).collect() }
    }
}

impl<V: Clone> Memo<V> {
    /// The answer about a node: as it is known, else found. The node must outlive the memo, as all of a program's tree does:
    /// what is dropped leaves its address to others.
    pub fn get_or_find<'a, N>(&self, node: &'a N, scope: &TyScope<'a>, find: impl FnOnce() -> V) -> V {
        let address = std::ptr::from_ref(node) as usize;
        let key = (address, scope.module, scope.in_impl);
        let part = &self.parts[(address >> 4) % PARTS];
        // A thread that panicked left no half-written answer.
        if let Some(known) = part.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let found = find();
        part.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        found
    }
}
