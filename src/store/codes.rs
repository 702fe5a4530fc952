//! The way to authorization codes, together for concurrent requests.

use std::collections::HashMap;

use crate::error::Error;
use crate::secret::Digest;
use crate::store::batched::Batcher;
use crate::store::gathered::{Gathered, Work};
use crate::store::{AuthCode, GrantFamily, IssuedCode, NewCode, Redemption, Store};

/// Codes from their issue to their redemption. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Codes {
    issued: Batcher<NewCode>,
    found: Gathered<Digest, Option<IssuedCode>>,
    redeemed: Batcher<Redemption>,
}

impl Codes {
    /// Starts its tasks on the current runtime.
    pub fn start(store: Store) -> Self {
        Self {
            issued: Batcher::start(store.clone()),
            found: Gathered::start(LookUp(store.clone())),
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
        self.found.ask(digest).await
    }

    /// Spends a code and writes the token that it buys. `false` when it was
    /// spent before or its grant was taken back.
    ///
    /// # Errors
    /// As [`Batcher::write`]: the code is as good as before.
    pub async fn redeem(&self, redemption: Redemption) -> Result<bool, Error> {
        self.redeemed.write(redemption).await
    }
}

struct LookUp(Store);

impl Work for LookUp {
    type Asked = Digest;
    type Answer = Option<IssuedCode>;

    async fn done(&mut self, digests: &[Digest]) -> Result<Vec<Self::Answer>, Error> {
        let found = self.0.while_it_answers(self.0.codes(digests)).await?;
        let found: HashMap<Vec<u8>, IssuedCode> =
            found.into_iter().map(|issued| (issued.code.digest.clone(), issued)).collect();
        Ok(digests.iter().map(|digest| found.get(digest.as_slice()).cloned()).collect())
    }
}
