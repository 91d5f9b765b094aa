//! The thread of the watches. It decodes their lists and events, which may be large, so that the threads for requests
//! never do.

use tokio::runtime::{Builder, Handle, Runtime};

use super::client::ConnectError;

/// See the documentation of the module. The watches end when the value is dropped.
pub(super) struct WatchThread {
    handle: Handle,
    /// `None` while the value is dropped.
    runtime: Option<Runtime>,
}

impl WatchThread {
    pub(super) fn start() -> Result<Self, ConnectError> {
        // One thread decodes one reply at a time, which bounds the memory for decoding.
        let built = Builder::new_multi_thread().worker_threads(1).thread_name("watches").enable_all().build();
        let runtime = built.map_err(|error| ConnectError::Thread(error.to_string()))?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for WatchThread {
    /// A runtime must not be dropped where it would wait for its tasks, which is in the tasks of another runtime.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
