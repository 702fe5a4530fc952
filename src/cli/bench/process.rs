//! What other processes cost, as Linux tells it in `/proc`. Elsewhere nothing
//! is told.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Linux counts CPU time in hundredths of a second for every program.
const TICK: Duration = Duration::from_millis(10);

/// Whom to look at.
#[derive(Clone, Copy, Debug)]
pub struct Processes {
    pub server: Option<u32>,
    pub store: Option<u32>,
}

/// Bytes, now and when they were most.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub now: u64,
    pub most: u64,
}

/// CPU time used so far, or between two moments.
#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    pub server: Option<Duration>,
    pub store: Option<Duration>,
    /// This process: who puts the load.
    pub generator: Option<Duration>,
}

impl Processes {
    /// What each has used up to now, with its children.
    pub fn cpu(&self) -> Cpu {
        let tree = Tree::read();
        let of = |root: Option<u32>| root.and_then(|root| tree.cpu(root));
        Cpu { server: of(self.server), store: of(self.store), generator: of(Some(std::process::id())) }
    }

    /// Resident memory of the server.
    pub fn server_memory(&self) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server?)).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
        };
        Some(Memory { now: bytes("VmRSS:")?, most: bytes("VmHWM:")? })
    }
}

impl Cpu {
    /// What was used since an earlier moment.
    pub fn since(&self, earlier: &Cpu) -> Cpu {
        let used = |now: Option<Duration>, then: Option<Duration>| Some(now?.saturating_sub(then?));
        Cpu {
            server: used(self.server, earlier.server),
            store: used(self.store, earlier.store),
            generator: used(self.generator, earlier.generator),
        }
    }
}

/// CPU time of the calling thread.
pub fn cpu_of_this_thread() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Every process with its parent and its CPU time.
#[derive(Debug)]
struct Tree(BTreeMap<u32, (u32, Duration)>);

impl Tree {
    fn read() -> Self {
        let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
        Self(ids.filter_map(|id| Some((id, stat(id)?))).collect())
    }

    fn cpu(&self, root: u32) -> Option<Duration> {
        let (_, own) = self.0.get(&root)?;
        let children = self.0.iter().filter(|(_, (parent, _))| *parent == root);
        Some(children.filter_map(|(id, _)| self.cpu(*id)).fold(*own, |sum, cpu| sum + cpu))
    }
}

/// Parent and CPU time of a process, with that of children who have ended.
fn stat(id: u32) -> Option<(u32, Duration)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name before may hold anything, even brackets and spaces.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u32>().ok()).sum::<u32>();
    Some((fields.get(1)?.parse().ok()?, TICK * ticks))
}
