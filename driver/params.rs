// SPDX-License-Identifier: GPL-2.0

//! Module parameters, with the names and units of the C driver where they mean the same.

rnvme_abs::module_params! {
    /// Entries of an I/O queue: one less request at a time.
    pub(crate) IO_QUEUE_DEPTH: "io_queue_depth" = 1024, 2..=4096, 0o444,
        "entries of an I/O queue";
    /// After how many seconds an I/O command has timed out.
    pub(crate) IO_TIMEOUT: "io_timeout" = 30, 1..=86400, 0o644,
        "timeout of I/O commands in seconds";
    /// After how many seconds an admin command has timed out.
    pub(crate) ADMIN_TIMEOUT: "admin_timeout" = 60, 1..=86400, 0o644,
        "timeout of admin commands in seconds";
    /// How long a controller may take to shut down, where it does not say so itself.
    pub(crate) SHUTDOWN_TIMEOUT: "shutdown_timeout" = 5, 1..=3600, 0o644,
        "timeout of a controller's shutdown in seconds";
    /// How often a command is tried again.
    pub(crate) MAX_RETRIES: "max_retries" = 5, 0..=255, 0o644,
        "how often a failed command is tried again";
    /// How many I/O queues there are at most; 0 for one per CPU.
    pub(crate) IO_QUEUES: "io_queues" = 0, 0..=1024, 0o444,
        "I/O queues at most, 0 for one per CPU";
    /// Whether shadow doorbells are used where the controller offers them.
    pub(crate) SHADOW_DOORBELLS: "shadow_doorbells" = 1, 0..=1, 0o444,
        "use shadow doorbells where the controller offers them";
}

#[cfg(rnvme_test)]
rnvme_abs::module_params! {
    /// Whether every handle is leaked and unbind does nothing: the scope must end it all alone.
    pub(crate) LEAK: "leak" = 0, 0..=1, 0o644,
        "leak every handle, and do nothing at unbind";
}
