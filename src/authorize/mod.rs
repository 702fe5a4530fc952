//! The authorization endpoint without its HTTP: what was asked, what comes
//! next, what is answered.

mod answer;
pub mod flow;
pub mod request;
pub mod response;
pub mod step;

pub use answer::answer;
pub use flow::Flow;
pub use request::{AuthorizationRequest, Progress, not_registered_for};
pub use response::{Delivery, Target};
pub use step::{Step, next_step};
