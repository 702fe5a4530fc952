//! What this process asks of the operating system for itself.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getpid, getpriority_process, getrlimit, set_dumpable_behavior,
    setpriority_process, setrlimit,
};

/// Leaves no copy of the memory, where keys and passwords are, in a core dump
/// or to a debugger of the same user.
pub fn keep_memory_private() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let dumped = setrlimit(Resource::Core, none).and(set_dumpable_behavior(DumpableBehavior::NotDumpable));
    if let Err(cause) = dumped {
        tracing::warn!(%cause, "core dumps could not be switched off");
    }
}

/// Takes as many file descriptors as we may have: each connection needs one,
/// and the usual limit is for programs that wait with `select`.
pub fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    if let Err(cause) = raised {
        tracing::warn!(%cause, "the limit of open files could not be raised");
    }
}

/// Steps of niceness: a third of the share of the threads that answer requests.
const BEHIND_OTHERS: i32 = 5;

/// Lets the calling thread run behind the others when there are not enough
/// cores for all (on Linux, priorities belong to threads).
pub fn give_way() {
    if let Ok(usual) = getpriority_process(Some(getpid())) {
        let _ = setpriority_process(None, usual + BEHIND_OTHERS);
    }
}
