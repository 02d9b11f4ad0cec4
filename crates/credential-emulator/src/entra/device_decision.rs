//! What a user decides on a device's sign-in.

use super::device_codes::{Approver, Undecidable};
use crate::accounts::User;
use crate::services::Services;

/// What a user decides on a device's sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceDecision<'a> {
    /// By the user of this name, or else by the first who can sign in where the device asks.
    Approve(Option<&'a str>),
    Deny,
}

/// Notes the decision.
pub(crate) fn decide_device(
    services: &Services,
    user_code: &str,
    decision: DeviceDecision<'_>,
) -> Result<(), Undecidable> {
    let now = services.clock.epoch_seconds();
    services.sign_ins.device_codes.decide(user_code, now, |tenant| match decision {
        DeviceDecision::Deny => Ok(None),
        DeviceDecision::Approve(name) => approver(services, name, tenant).map(Some),
    })
}

fn approver(services: &Services, name: Option<&str>, tenant: Option<&str>) -> Result<Approver, Undecidable> {
    let can_sign_in = |user: &User<'_>| tenant.is_none_or(|id| user.is_in(id));
    let user = match name {
        Some(name) => services.accounts.user(name).ok_or(Undecidable::UnknownUser)?,
        None => services.accounts.users().find(can_sign_in).ok_or(Undecidable::OtherTenant)?,
    };
    if !can_sign_in(&user) {
        return Err(Undecidable::OtherTenant);
    }
    Ok(Approver {
        object_id: user.object_id.to_owned(),
        name: user.name.to_owned(),
        home: user.tenant_id.to_owned(),
    })
}
