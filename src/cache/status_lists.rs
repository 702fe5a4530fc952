//! The bits of the status lists, built when somebody asks and kept in step
//! with the log of revocations.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use uuid::Uuid;

use super::{RevocationEvent, Revocations};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::status_list::{Bits, ListId, SIZE, bucket_begins, bucket_of};
use crate::store::{RevocationKind, STATUS_BLOCK, StatusBucket, Store, TokenRecord};

/// A list that was looked at less than this ago is given out as it is.
const FRESH: Duration = Duration::from_millis(500);

/// A token that was minted before its server heard of a mass revocation may be
/// stored after the scan for it: one more scan comes when none can be left.
const STRAGGLERS: Duration = Duration::from_secs(5);

/// Changes taken one by one; more of them are worth a scan.
const FEW: usize = 500;

/// Records read at once.
const PAGE: i64 = 5_000;

/// Signed lists remembered at once.
const SIGNED: u64 = 1_024;

/// Lists built so far. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StatusLists(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    revocations: Revocations,
    buckets: Mutex<HashMap<i64, Arc<tokio::sync::Mutex<Bucket>>>>,
    signed: Cache<ListId, Arc<SignedList>>,
}

/// A list as it was last signed.
#[derive(Debug)]
pub struct SignedList {
    /// In compact form.
    pub jwt: String,
    /// Names this very form of it (RFC 9110 §8.8.3).
    pub etag: String,
    /// What was signed.
    pub lst: Arc<str>,
    /// When.
    pub issued_at: Timestamp,
}

/// One hour's lists.
#[derive(Debug)]
struct Bucket {
    known: StatusBucket,
    /// The lists with a bit set.
    parts: BTreeMap<i32, Bits>,
    empty: Arc<str>,
    written: BTreeMap<i32, Arc<str>>,
    seq: Option<i64>,
    looked: Option<Instant>,
    scan_again: Option<Instant>,
}

impl StatusLists {
    /// Nothing is built yet.
    pub fn new(store: Store, revocations: Revocations) -> Self {
        let signed = Cache::new(SIGNED);
        Self(Arc::new(Inner { store, revocations, buckets: Mutex::default(), signed }))
    }

    /// A list as it was last signed, perhaps with other bits.
    pub fn signed(&self, list: ListId) -> Option<Arc<SignedList>> {
        self.0.signed.get(&list)
    }

    /// Keeps a list as it was signed.
    pub fn remember(&self, list: ListId, signed: Arc<SignedList>) {
        self.0.signed.insert(list, signed);
    }

    /// The member `lst` of a list as of at most half a second ago; none when
    /// the list does not exist, or its last token has expired.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it has to be built and the store is out
    /// of reach.
    pub async fn lst(&self, list: ListId, now: Timestamp) -> Result<Option<Arc<str>>, Error> {
        if list.bucket < bucket_of(now) || list.part < 0 {
            return Ok(None);
        }
        let Some(bucket) = self.bucket(list.bucket).await? else { return Ok(None) };
        let mut bucket = bucket.lock().await;
        if bucket.looked.is_none_or(|looked| looked.elapsed() >= FRESH) {
            let asked = Instant::now();
            self.bring_up_to_date(&mut bucket).await?;
            bucket.looked = Some(asked);
        }
        bucket.lst(list.part)
    }

    /// The living lists (§9): at most those of so many hours.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn living(&self, now: Timestamp, hours: i64) -> Result<Vec<ListId>, Error> {
        let buckets = self.0.store.status_buckets(bucket_of(now), hours).await?;
        let lists =
            |known: StatusBucket| (0..parts(&known)).map(move |part| ListId { bucket: known.bucket, part });
        Ok(buckets.into_iter().flat_map(lists).collect())
    }

    /// Drops the lists whose last token has expired.
    pub fn forget_ended(&self, now: Timestamp) {
        let mut buckets = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|bucket, _| *bucket >= bucket_of(now));
    }

    async fn bucket(&self, number: i64) -> Result<Option<Arc<tokio::sync::Mutex<Bucket>>>, Error> {
        let known = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let stored = self.0.store.status_buckets(number, 1).await?;
        let Some(stored) = stored.into_iter().find(|stored| stored.bucket == number) else { return Ok(None) };
        let new = Arc::new(tokio::sync::Mutex::new(Bucket::new(stored)?));
        let mut buckets = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(buckets.entry(number).or_insert(new))))
    }

    async fn bring_up_to_date(&self, bucket: &mut Bucket) -> Result<(), Error> {
        // The position first: what is appended meanwhile comes next time.
        self.0.revocations.refresh_if_stale().await?;
        let position = *self.0.revocations.position().borrow();
        if let Some(known) = self.0.store.status_buckets(bucket.known.bucket, 1).await?.into_iter().next()
            && known.bucket == bucket.known.bucket
        {
            bucket.known = known;
        }
        let again = bucket.scan_again.is_some_and(|at| at <= Instant::now());
        let events = match bucket.seq {
            Some(seq) if !again => self.0.revocations.events_after(seq, FEW + 1).await?,
            _ => Vec::new(),
        };
        let of_one_token = |event: &RevocationEvent| event.kind == RevocationKind::Token;
        if bucket.seq.is_some() && !again && events.len() <= FEW && events.iter().all(of_one_token) {
            self.mark(bucket, &events).await?;
        } else {
            self.scan(bucket).await?;
            bucket.scan_again = if again { None } else { Some(Instant::now() + STRAGGLERS) };
        }
        bucket.seq = Some(events.last().map_or(position, |last| last.seq.max(position)));
        Ok(())
    }

    async fn mark(&self, bucket: &mut Bucket, events: &[RevocationEvent]) -> Result<(), Error> {
        let (from, until) = bucket.span();
        for jti in events.iter().filter_map(|event| Uuid::parse_str(&event.subject).ok()) {
            if let Some(record) = self.0.store.token_ending(from, until, jti).await? {
                bucket.set(&record);
            }
        }
        Ok(())
    }

    /// Judges every token of the bucket. Page by page: the records of an hour
    /// may be millions.
    async fn scan(&self, bucket: &mut Bucket) -> Result<(), Error> {
        let (from, until) = bucket.span();
        let mut after = bucket.known.first_jti();
        loop {
            let page = self.0.store.tokens_ending(from, until, after, PAGE).await?;
            for record in &page {
                if self.0.revocations.reaches(record).await? {
                    bucket.set(record);
                }
            }
            match page.last() {
                Some(last) if page.len() as i64 == PAGE => after = last.jti,
                _ => return Ok(()),
            }
        }
    }
}

impl Bucket {
    fn new(known: StatusBucket) -> Result<Self, Error> {
        Ok(Self {
            known,
            parts: BTreeMap::new(),
            empty: Bits::default().lst()?.into(),
            written: BTreeMap::new(),
            seq: None,
            looked: None,
            scan_again: None,
        })
    }

    fn span(&self) -> (Timestamp, Timestamp) {
        (bucket_begins(self.known.bucket), bucket_begins(self.known.bucket + 1))
    }

    fn set(&mut self, record: &TokenRecord) {
        let (list, index) = ListId::of(record.exp, record.status_index);
        if self.parts.entry(list.part).or_default().set(index) {
            self.written.remove(&list.part);
        }
    }

    fn lst(&mut self, part: i32) -> Result<Option<Arc<str>>, Error> {
        if part >= parts(&self.known) {
            return Ok(None);
        }
        let Some(bits) = self.parts.get(&part) else { return Ok(Some(Arc::clone(&self.empty))) };
        if let Some(written) = self.written.get(&part) {
            return Ok(Some(Arc::clone(written)));
        }
        let lst: Arc<str> = bits.lst()?.into();
        self.written.insert(part, Arc::clone(&lst));
        Ok(Some(lst))
    }
}

/// How many lists a bucket's leased places fill.
fn parts(known: &StatusBucket) -> i32 {
    let places = known.blocks.saturating_mul(i64::from(STATUS_BLOCK));
    i32::try_from((places - 1) / i64::from(SIZE) + 1).unwrap_or(i32::MAX)
}
