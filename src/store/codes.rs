//! The way to authorization codes, together for concurrent requests.

use crate::error::Error;
use crate::secret::Digest;
use crate::store::batched::Batcher;
use crate::store::look_up::LookUp;
use crate::store::{AuthCode, GrantFamily, IssuedCode, NewCode, Redemption, Store};

/// Codes from their issue to their redemption. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Codes {
    issued: Batcher<NewCode>,
    found: LookUp<IssuedCode>,
    redeemed: Batcher<Redemption>,
}

impl Codes {
    /// Starts its tasks on the current runtime.
    pub fn start(store: Store) -> Self {
        Self {
            issued: Batcher::start(store.clone()),
            found: LookUp::start(store.clone()),
            redeemed: Batcher::start(store),
        }
    }

    /// Writes a code together with the grant that it stands for.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach or too many
    /// wait.
    pub async fn issue(&self, grant: GrantFamily, code: AuthCode) -> Result<(), Error> {
        self.issued.write(NewCode { grant, code }).await.map(|_| ())
    }

    /// A code, spent or not, and what it stands for.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn find(&self, digest: Digest) -> Result<Option<IssuedCode>, Error> {
        self.found.find(digest).await
    }

    /// Spends a code and writes the token that it buys. `false` when it was
    /// spent before or its grant was taken back.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach or too many wait:
    /// the code is as good as before, unless the store was lost on the way.
    pub async fn redeem(&self, redemption: Redemption) -> Result<bool, Error> {
        self.redeemed.write(redemption).await
    }
}
