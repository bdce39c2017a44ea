//! They register, log in, follow each other, and leave.

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use social_proto::auth::v1::{DeleteAccountRequest, GetJwksRequest, IntrospectTokenRequest, RevokeSessionsRequest};
use social_proto::user::v1::get_profile_request::By;
use social_proto::user::v1::{
    FollowRequest, GetProfileRequest, GetRelationshipRequest, ListFollowersRequest, Profile, UpdateProfileRequest,
};
use tonic::Code;

use super::{Cast, SOON, Stage};
use crate::client::{Session, log_in, profile_made, register};
use crate::eventually::eventually;

const PASSWORD: &str = "correct horse battery staple";

/// Three people with profiles; Grace follows Ada.
pub(super) async fn arrive(stage: &Stage<'_>) -> Result<Cast> {
    let step = stage.progress.begin("register", "three people");
    let handles = ["ada", "grace", "alan"].map(|name| format!("{name}_{}", stage.tag));
    try_join_all(handles.iter().map(|handle| register(&stage.channels, handle, PASSWORD))).await?;
    let again = register(&stage.channels, &handles[0], PASSWORD).await?;
    ensure!(again.is_some(), "the same request gives the same account again");
    step.done(&format!("{} have accounts", handles.join(", ")));

    let step = stage.progress.begin("log in", "OAuth 2, authorization code with PKCE");
    let wrong = log_in(&stage.channels, &handles[0], "wrong horse battery staple").await;
    ensure!(wrong.is_err_and(|status| status.code() == Code::Unauthenticated), "a wrong password opens nothing");
    let [ada, grace, alan] = &handles;
    let (ada, grace, alan) = tokio::try_join!(
        log_in(&stage.channels, ada, PASSWORD),
        log_in(&stage.channels, grace, PASSWORD),
        log_in(&stage.channels, alan, PASSWORD),
    )?;
    let ada = ada.refresh(&stage.channels).await?;
    let keys = stage.channels.auth().get_jwks(GetJwksRequest {}).await?.into_inner().keys;
    ensure!(!keys.is_empty(), "keys verify the tokens");
    step.done("each has an access token and a refresh token");

    let step = stage.progress.begin("profiles", "come by the event of the registration");
    for session in [&ada, &grace, &alan] {
        let profile = eventually("a profile", SOON, async || Ok(profile_made(session).await?)).await?;
        ensure!(profile.handle == session.handle, "the profile has the handle of the account");
    }
    rename(&ada).await?;
    step.done("Ada calls herself Ada Lovelace");

    let step = stage.progress.begin("follow", "Grace follows Ada");
    let cast = Cast { ada, grace, alan };
    follow(&cast).await?;
    step.done("Ada has one follower");
    Ok(cast)
}

async fn rename(ada: &Session) -> Result<()> {
    let profile = profile_made(ada).await?;
    let request = |etag: String| UpdateProfileRequest {
        profile: Some(Profile {
            display_name: "Ada Lovelace".to_owned(),
            bio: "Notes on the analytical engine".to_owned(),
            etag,
            ..Profile::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["display_name".to_owned(), "bio".to_owned()] }),
    };
    ada.api.users().update_profile(request(profile.etag.clone())).await?;
    let stale = ada.api.users().update_profile(request("of yesterday".to_owned())).await;
    ensure!(stale.is_err_and(|status| status.code() == Code::Aborted), "a change of an old version is refused");
    Ok(())
}

async fn follow(cast: &Cast) -> Result<()> {
    let Cast { ada, grace, .. } = cast;
    grace.api.users().follow(FollowRequest { user_id: ada.account_id.clone() }).await?;
    let request = GetRelationshipRequest { user_id: grace.account_id.clone(), other_user_id: ada.account_id.clone() };
    let relationship = grace.api.users().get_relationship(request).await?.into_inner();
    ensure!(
        relationship.follows && !relationship.followed_by && !relationship.blocked,
        "Grace follows Ada: {relationship:?}"
    );
    let request = ListFollowersRequest { user_id: ada.account_id.clone(), ..Default::default() };
    let followers = ada.api.users().list_followers(request).await?.into_inner().followers;
    ensure!(followers.iter().any(|entry| entry.user_id == grace.account_id), "Grace is among Ada's followers");
    eventually("one follower is counted", SOON, async || {
        let count = profile_made(ada).await?.follower_count;
        ensure!(count == 1, "{count} are");
        Ok(())
    })
    .await
}

/// Ada logs out everywhere; Alan deletes his account, and what others hold of him goes by the event.
pub(super) async fn leave(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let step = stage.progress.begin("leave", "Ada logs out, Alan deletes his account");
    cast.ada.api.auth().revoke_sessions(RevokeSessionsRequest { keep_current: false }).await?;
    let spent = cast.ada.refresh(&stage.channels).await;
    ensure!(spent.is_err_and(|status| status.code() == Code::Unauthenticated), "a session that was ended is over");
    let request = IntrospectTokenRequest { access_token: cast.ada.access_token.clone() };
    let answer = stage.channels.operator(stage.services)?.auth().introspect_token(request).await;
    ensure!(answer.map_or(true, |answer| !answer.into_inner().active), "a token of an ended session is not active");

    cast.alan.api.auth().delete_account(DeleteAccountRequest { password: PASSWORD.to_owned() }).await?;
    eventually("Alan's profile is gone", SOON, async || {
        let request = GetProfileRequest { by: Some(By::Handle(cast.alan.handle.clone())) };
        let answer = cast.grace.api.users().get_profile(request).await;
        ensure!(answer.is_err_and(|status| status.code() == Code::NotFound), "it is there");
        Ok(())
    })
    .await?;
    step.done("both are gone");
    Ok(())
}
