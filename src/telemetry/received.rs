//! What the HTTP server says about a request: extensions of the request.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;

/// When the first byte of a request arrived. The time that an answer may take counts from here.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedAt(pub Instant);

/// The body of the request is only the beginning of what was sent: the whole takes more memory than one request may have.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// Bytes of the whole body.
    pub of: usize,
}

/// The memory that the request may use. It counts as used until the last clone is dropped: work that outlasts the answer
/// keeps a clone.
#[derive(Clone)]
pub struct Memory(Arc<dyn Any + Send + Sync>);

impl Memory {
    /// The memory that counts as used as long as `charge` lives.
    pub fn new<T: Send + Sync + 'static>(charge: Arc<T>) -> Self {
        Self(charge)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} clones)", Arc::strong_count(&self.0))
    }
}
