//! All generated operations over TLS, judged by the emulator.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use acs_hmac::operations::{chat, email, identity, phone_numbers, rooms, sms};
use acs_hmac::{
    CommunicationClient, ConnectionString, ENTRA_SCOPE, IdentityClient, IssuedUserTokenCredential, Signer,
    TokenScope,
};
use credential::{
    AccessToken, AuthorizeRequest, BearerAuthorizer, CredentialErrorKind, Endpoint, TokenCredential,
    TokenRequest,
};
use credential_emulator::Emulator;

const TENANT: &str = "e0000000-0000-4000-8000-000000000009";
const OBJECT: &str = "a0000000-0000-4000-8000-000000000009";
const APPLICATION: &str = "c0000000-0000-4000-8000-000000000009";

async fn start() -> (Emulator, CommunicationClient) {
    let emulator = Emulator::start().await.unwrap();
    let parsed = ConnectionString::parse(&emulator.acs_connection_string()).unwrap();
    let client = CommunicationClient::from_connection_string(&parsed, emulator.http_client()).unwrap();
    (emulator, client)
}

fn client_with(emulator: &Emulator, authorizer: impl AuthorizeRequest + 'static) -> CommunicationClient {
    let endpoint = Endpoint::parse("endpoint", &emulator.acs_endpoint()).unwrap();
    CommunicationClient::builder(endpoint, Arc::new(authorizer))
        .transport(emulator.http_client())
        .build()
        .unwrap()
}

/// A client of the user that it issues tokens for.
async fn user_client(emulator: &Emulator, scope: TokenScope) -> (CommunicationClient, String) {
    let parsed = ConnectionString::parse(&emulator.acs_connection_string()).unwrap();
    let identity = IdentityClient::from_connection_string(&parsed, emulator.http_client()).unwrap();
    let user = identity.create_user().await.unwrap();
    let credential =
        IssuedUserTokenCredential::builder(identity, [scope]).user_id(user.id()).build().unwrap();
    (client_with(emulator, BearerAuthorizer::new(credential, [scope.as_str()])), user.id().to_owned())
}

async fn entra_user_token(emulator: &Emulator, scope: &'static str) -> AccessToken {
    let accounts = emulator.accounts();
    entra::UsernamePasswordCredential::builder(
        &accounts.tenant_id,
        &accounts.public_client_id,
        &accounts.user_name,
        &*accounts.user_password,
    )
    .authority(entra::Authority::parse(&emulator.authority()).unwrap())
    .transport(emulator.http_client())
    .build()
    .unwrap()
    .get_token(&TokenRequest::new([scope]))
    .await
    .unwrap()
}

fn last_verified(emulator: &Emulator) -> Vec<String> {
    emulator.requests().pop().unwrap().verified
}

#[tokio::test]
async fn identity_users_and_tokens() {
    use identity::{
        CreateUser, CreateUserRequest, DeleteUser, GetUser, IssueAccessToken, RevokeAccessTokens,
    };
    let (emulator, client) = start().await;
    let preview = client_preview(&emulator);
    let body = CreateUserRequest::new()
        .with_create_token_with_scopes(vec![identity::TokenScope::Chat])
        .with_expires_in_minutes(60)
        .with_custom_id("customer 7");
    let created = preview.call(&CreateUser::new().with_body(body)).await.unwrap();
    let token = created.access_token.unwrap();
    assert!(token.expires_on.time().unwrap() > SystemTime::UNIX_EPOCH);
    emulator.verify_user_token(token.token.expose()).unwrap();

    let id = created.identity.id;
    let details = preview.call(&GetUser::new(&id)).await.unwrap();
    assert_eq!((details.id.as_str(), details.custom_id.as_deref()), (id.as_str(), Some("customer 7")));
    let wanted = identity::IssueAccessTokenRequest::new(vec![identity::TokenScope::VoipJoin]);
    client.call(&IssueAccessToken::new(&id, wanted)).await.unwrap();
    client.call(&RevokeAccessTokens::new(&id)).await.unwrap();
    assert!(emulator.verify_user_token(token.token.expose()).is_err());
    client.call(&DeleteUser::new(&id)).await.unwrap();
    let error = preview.call(&GetUser::new(&id)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::InvalidRequest, Some("NotFound")));
}

fn client_preview(emulator: &Emulator) -> CommunicationClient {
    let parsed = ConnectionString::parse(&emulator.acs_connection_string()).unwrap();
    let signer = Signer::new(parsed.access_key().clone()).unwrap();
    CommunicationClient::builder(parsed.endpoint().clone(), Arc::new(signer))
        .transport(emulator.http_client())
        .api_version("2025-03-02-preview")
        .build()
        .unwrap()
}

#[tokio::test]
async fn identity_exchanges() {
    use identity::{ExchangeEntraUserToken, ExchangeTeamsExtensionToken, ExchangeTeamsPhoneToken};
    use identity::{ExchangeTeamsUserToken, TeamsUserExchangeRequest};
    let (emulator, client) = start().await;
    let accounts = emulator.accounts();

    let teams =
        entra_user_token(&emulator, "https://auth.msft.communication.azure.com/Teams.ManageCalls").await;
    let body =
        TeamsUserExchangeRequest::new(teams.expose(), &accounts.public_client_id, &accounts.user_object_id);
    let exchanged = client.call(&ExchangeTeamsUserToken::new(body)).await.unwrap();
    emulator.verify_user_token(exchanged.token.expose()).unwrap();

    let by_person = |token: AccessToken| {
        let credential = credential::StaticTokenCredential::new(token);
        client_with(&emulator, BearerAuthorizer::new(credential, ["ignored"]))
    };
    let extension = entra_user_token(&emulator, acs_hmac::TEAMS_EXTENSION_SCOPE).await;
    let extension = by_person(extension);
    let one = extension.call(&ExchangeTeamsExtensionToken::new()).await.unwrap();
    let other = extension.call(&ExchangeTeamsPhoneToken::new()).await.unwrap();
    assert_eq!(one.identity, other.identity);
    let entra = by_person(entra_user_token(&emulator, acs_hmac::CLIENTS_SCOPE).await);
    let exchanged = entra.call(&ExchangeEntraUserToken::new()).await.unwrap();
    emulator.verify_user_token(exchanged.access_token.unwrap().token.expose()).unwrap();
    // The resource's key is nobody's token.
    let error = client.call(&ExchangeEntraUserToken::new()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
}

#[tokio::test]
async fn identity_assignments() {
    use identity::{
        DeleteEntraAssignment, DeleteTeamsExtensionAssignment, EntraAssignmentEntry, EntraAssignmentRequest,
        EntraPrincipal, GetEntraAssignment, GetTeamsExtensionAssignment, ListEntraAssignments,
        PutEntraAssignment, PutTeamsExtensionAssignment, TeamsExtensionAssignmentRequest,
        TeamsExtensionPrincipal, UpdateEntraAssignments, UpdateEntraAssignmentsRequest,
    };
    let (_emulator, client) = start().await;
    let applications = vec![APPLICATION.to_owned()];
    let teams =
        TeamsExtensionAssignmentRequest::new(TeamsExtensionPrincipal::ResourceAccount, applications.clone());
    client.call(&PutTeamsExtensionAssignment::new(TENANT, OBJECT, teams)).await.unwrap();
    let found = client.call(&GetTeamsExtensionAssignment::new(TENANT, OBJECT)).await.unwrap();
    assert_eq!(found.principal_type, Some(TeamsExtensionPrincipal::ResourceAccount));
    assert_eq!(found.client_ids, applications);
    client.call(&DeleteTeamsExtensionAssignment::new(TENANT, OBJECT)).await.unwrap();
    assert!(client.call(&GetTeamsExtensionAssignment::new(TENANT, OBJECT)).await.is_err());

    let group = EntraAssignmentRequest::new(TENANT, EntraPrincipal::Group, applications.clone());
    client.call(&PutEntraAssignment::new(OBJECT, group)).await.unwrap();
    let found = client.call(&GetEntraAssignment::new(OBJECT)).await.unwrap();
    assert_eq!(client.call(&ListEntraAssignments::new()).await.unwrap().value, std::slice::from_ref(&found));
    let none = UpdateEntraAssignmentsRequest::new(Vec::new());
    assert!(client.call(&UpdateEntraAssignments::new(none)).await.unwrap().value.is_empty());
    let entry = EntraAssignmentEntry::new(OBJECT, TENANT, EntraPrincipal::Group, applications);
    let one = UpdateEntraAssignmentsRequest::new(vec![entry]);
    assert_eq!(client.call(&UpdateEntraAssignments::new(one)).await.unwrap().value, [found]);
    client.call(&DeleteEntraAssignment::new(OBJECT)).await.unwrap();
    assert!(client.call(&ListEntraAssignments::new()).await.unwrap().value.is_empty());
}

#[tokio::test]
async fn sms_messages_and_opt_outs() {
    use sms::{
        AddOptOuts, CheckOptOuts, OptOutRecipient, OptOutRequest, RemoveOptOuts, RepeatabilityResult,
        SendSms, SendSmsRequest, SmsRecipient, SmsSendOptions,
    };
    let (emulator, client) = start().await;
    let recipients = vec![
        SmsRecipient::new("+15550101").with_repeatability_request_id("d0000000-0000-4000-8000-000000000001"),
        SmsRecipient::new("nobody"),
    ];
    let options = SmsSendOptions::new(true).with_tag("autumn");
    let message = SendSmsRequest::new("+15550100", recipients, "hi").with_sms_send_options(options);
    let send = SendSms::new(message);
    let results = client.call(&send).await.unwrap().value;
    assert!(results[0].successful && results[0].http_status_code == 202 && results[0].message_id.is_some());
    assert_eq!(results[0].repeatability_result, Some(RepeatabilityResult::Accepted));
    assert!(!results[1].successful && results[1].error_message.is_some());
    client.call(&send).await.unwrap();
    let sent = emulator.mailbox().sms;
    assert_eq!((sent.len(), sent[0].message.as_str(), sent[0].tag.as_deref()), (1, "hi", Some("autumn")));

    let opt_outs = OptOutRequest::new("+15550100", vec![OptOutRecipient::new("+15550101")]);
    let is_out =
        async || client.call(&CheckOptOuts::new(opt_outs.clone())).await.unwrap().value[0].is_opted_out;
    client.call(&AddOptOuts::new(opt_outs.clone())).await.unwrap();
    assert_eq!(is_out().await, Some(true));
    client.call(&RemoveOptOuts::new(opt_outs.clone())).await.unwrap();
    assert_eq!(is_out().await, Some(false));
}

#[tokio::test]
async fn email_with_its_operation_polled() {
    use email::{
        EmailAddress, EmailAttachment, EmailContent, EmailMessage, EmailRecipients, EmailStatus,
        GetEmailStatus, SendEmail,
    };
    let (emulator, client) = start().await;
    let message = |sender: &str| {
        let recipients =
            EmailRecipients::new(vec![EmailAddress::new("ada@example.com").with_display_name("Ada")]);
        EmailMessage::new(sender, EmailContent::new("News").with_plain_text("hi"), recipients)
            .with_attachments(vec![EmailAttachment::new("a.txt", "text/plain", "aGk=")])
    };
    let id = "d0000000-0000-4000-8000-000000000002";
    let begun = client.call(&SendEmail::new(message("us@example.com")).with_operation_id(id)).await.unwrap();
    assert_eq!(
        (begun.body.id.as_str(), begun.body.status, begun.retry_after),
        (id, EmailStatus::Running, Some(1))
    );

    let link = begun.operation_location.unwrap();
    let polled = client.follow::<GetEmailStatus>(&link).await.unwrap();
    assert_eq!((polled.body.status, polled.retry_after), (EmailStatus::Running, Some(1)));
    let polled = client.call(&GetEmailStatus::new(id)).await.unwrap();
    assert_eq!((polled.body.status, polled.retry_after), (EmailStatus::Succeeded, None));
    // Real links are known to begin their path with two slashes, and are signed and sent as they are.
    let path = link.strip_prefix(&emulator.acs_endpoint()).unwrap();
    let polled =
        client.follow::<GetEmailStatus>(&format!("{}/{path}", emulator.acs_endpoint())).await.unwrap();
    assert_eq!(polled.body.status, EmailStatus::Succeeded);
    assert_eq!(emulator.mailbox().emails[0].attachments[0].name, "a.txt");

    let error = client.call(&SendEmail::new(message("us@unlinked.invalid"))).await.unwrap_err();
    assert_eq!(error.code(), Some("DomainNotLinked"));
}

#[tokio::test]
async fn phone_numbers_listed_and_looked_for() {
    use phone_numbers::{
        BeginSearch, GetPhoneNumber, GetPhoneNumberOperation, GetSearchResult, ListPhoneNumbers,
        PhoneNumberAssignment, PhoneNumberCapabilities, PhoneNumberCapability, PhoneNumberOperationStatus,
        PhoneNumberSearchRequest, PhoneNumberType,
    };
    let (_emulator, client) = start().await;
    let first = client.call(&ListPhoneNumbers::new().with_top(2)).await.unwrap();
    let rest = client.follow::<ListPhoneNumbers>(first.next_link.as_deref().unwrap()).await.unwrap();
    assert_eq!((first.phone_numbers.len(), rest.phone_numbers.len(), rest.next_link), (2, 1, None));
    assert_eq!(
        client.call(&ListPhoneNumbers::new().with_skip(2)).await.unwrap().phone_numbers,
        rest.phone_numbers
    );
    let number = &first.phone_numbers[0];
    assert_eq!(&client.call(&GetPhoneNumber::new(&number.phone_number)).await.unwrap(), number);

    let both =
        PhoneNumberCapabilities::new(PhoneNumberCapability::InboundOutbound, PhoneNumberCapability::None);
    let wanted =
        PhoneNumberSearchRequest::new(PhoneNumberType::TollFree, PhoneNumberAssignment::Application, both)
            .with_quantity(3);
    let begun = client.call(&BeginSearch::new("US", wanted)).await.unwrap();
    let status = client.follow::<GetPhoneNumberOperation>(&begun.operation_location.unwrap()).await.unwrap();
    assert_eq!(status.body.status, PhoneNumberOperationStatus::Running);
    let status = client.call(&GetPhoneNumberOperation::new(begun.operation_id.unwrap())).await.unwrap();
    assert_eq!(status.body.status, PhoneNumberOperationStatus::Succeeded);
    let found = client.call(&GetSearchResult::new(begun.search_id.unwrap())).await.unwrap();
    assert_eq!(found.phone_numbers.len(), 3);
    assert!(found.search_expires_by.unwrap().time().is_some());
    let linked = client.follow::<GetSearchResult>(&begun.location.unwrap()).await.unwrap();
    assert_eq!(linked.search_id, found.search_id);
}

#[tokio::test]
async fn rooms_and_their_participants() {
    use rooms::{
        CreateRoom, CreateRoomRequest, DeleteRoom, GetRoom, ListParticipants, ListRooms,
        RoomParticipantProperties, RoomRole, UpdateParticipants, UpdateParticipantsRequest, UpdateRoom,
        UpdateRoomRequest,
    };
    let (_emulator, client) = start().await;
    let (ada, bob) = ("8:acs:resource_ada", "8:acs:resource_bob");
    let opens = SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800);
    let presenter = RoomParticipantProperties::new().with_role(RoomRole::Presenter);
    let body = CreateRoomRequest::new()
        .with_valid_from(opens)
        .with_pstn_dial_out_enabled(true)
        .with_participants(BTreeMap::from([(ada.to_owned(), presenter.clone())]));
    let create = CreateRoom::new(body).with_repeatability_request_id("d0000000-0000-4000-8000-000000000003");
    let room = client.call(&create).await.unwrap();
    assert_eq!(client.call(&create).await.unwrap(), room, "sent again, nothing is created again");
    assert_eq!(
        (room.valid_from.as_ref().unwrap().time(), room.pstn_dial_out_enabled),
        (Some(opens), Some(true))
    );

    let change = UpdateRoomRequest::new().with_pstn_dial_out_enabled(false);
    assert_eq!(
        client.call(&UpdateRoom::new(&room.id, change)).await.unwrap().pstn_dial_out_enabled,
        Some(false)
    );
    let change = BTreeMap::from([(ada.to_owned(), None), (bob.to_owned(), Some(presenter))]);
    client.call(&UpdateParticipants::new(&room.id, UpdateParticipantsRequest::new(change))).await.unwrap();
    let participants = client.call(&ListParticipants::new(&room.id)).await.unwrap().value;
    assert_eq!((participants.len(), participants[0].raw_id.as_str()), (1, bob));
    assert_eq!(participants[0].role, RoomRole::Presenter);

    assert_eq!(client.call(&ListRooms::new()).await.unwrap().value.len(), 1);
    assert_eq!(client.call(&GetRoom::new(&room.id)).await.unwrap().id, room.id);
    client.call(&DeleteRoom::new(&room.id)).await.unwrap();
    assert!(client.call(&GetRoom::new(&room.id)).await.is_err());
}

#[tokio::test]
async fn chat_by_user_access_token() {
    use chat::{
        ChatMessageType, ChatParticipant, CommunicationIdentifier, CreateThread, CreateThreadRequest,
        DeleteThread, GetMessage, GetThread, ListMessages, ListThreads, SendMessage, SendMessageRequest,
    };
    let (emulator, by_key) = start().await;
    let (client, user) = user_client(&emulator, TokenScope::Chat).await;
    let (other_client, other) = user_client(&emulator, TokenScope::Chat).await;
    let guest =
        ChatParticipant::new(CommunicationIdentifier::new().with_raw_id(&other)).with_display_name("Bob");
    let create = CreateThread::new(CreateThreadRequest::new("plans").with_participants(vec![guest]))
        .with_repeatability_request_id("once");
    let thread = client.call(&create).await.unwrap().chat_thread;
    assert_eq!(client.call(&create).await.unwrap().chat_thread.id, thread.id);
    assert_eq!(thread.created_by_communication_identifier.unwrap().raw_id, Some(user));

    let body = SendMessageRequest::new("hello")
        .with_type(ChatMessageType::Html)
        .with_sender_display_name("Ada")
        .with_metadata(BTreeMap::from([("a".to_owned(), "b".to_owned())]));
    let sent = client.call(&SendMessage::new(&thread.id, body)).await.unwrap();
    let message = other_client.call(&GetMessage::new(&thread.id, &sent.id)).await.unwrap();
    assert_eq!(
        (message.r#type, message.sender_display_name.as_deref()),
        (Some(ChatMessageType::Html), Some("Ada"))
    );
    assert_eq!(message.content.unwrap().message.as_deref(), Some("hello"));
    assert_eq!(client.call(&ListMessages::new(&thread.id)).await.unwrap().value.len(), 1);
    assert_eq!(client.call(&ListThreads::new().with_max_page_size(1)).await.unwrap().value[0].id, thread.id);
    assert_eq!(client.call(&GetThread::new(&thread.id)).await.unwrap().topic.as_deref(), Some("plans"));

    // Who joins only cannot open threads, and a key does not chat.
    let (joiner, _) = user_client(&emulator, TokenScope::ChatJoin).await;
    assert_eq!(joiner.call(&create).await.unwrap_err().code(), Some("Forbidden"));
    assert_eq!(by_key.call(&ListThreads::new()).await.unwrap_err().kind(), CredentialErrorKind::Refused);
    client.call(&DeleteThread::new(&thread.id)).await.unwrap();
    assert!(client.call(&GetThread::new(&thread.id)).await.is_err());
}

/// Every service of the authentication table takes what the description of its operations says.
#[tokio::test]
async fn one_authorizer_serves_all_services() {
    let (emulator, by_key) = start().await;
    let accounts = emulator.accounts();
    let app = entra::ClientSecretCredential::builder(
        &accounts.tenant_id,
        &accounts.client_id,
        &*accounts.client_secret,
    )
    .authority(entra::Authority::parse(&emulator.authority()).unwrap())
    .transport(emulator.http_client())
    .build()
    .unwrap();
    let by_entra = client_with(&emulator, BearerAuthorizer::new(app, [ENTRA_SCOPE]));
    for (client, how) in [
        (&by_key, "hmac-sha256 signature, primary key"),
        (&by_entra, "audience https://communication.azure.com/"),
    ] {
        client.call(&identity::CreateUser::new()).await.unwrap();
        client.call(&rooms::ListRooms::new()).await.unwrap();
        client.call(&phone_numbers::ListPhoneNumbers::new()).await.unwrap();
        assert!(last_verified(&emulator).iter().any(|what| what == how), "{:?}", last_verified(&emulator));
        let error = client.call(&email::GetEmailStatus::new("unknown")).await.unwrap_err();
        assert_eq!(error.code(), Some("NotFound"), "let in, and there is no such operation");
        let nobody = sms::OptOutRequest::new("+15550100", vec![sms::OptOutRecipient::new("+15550101")]);
        client.call(&sms::CheckOptOuts::new(nobody)).await.unwrap();
        assert_eq!(
            client.call(&chat::ListThreads::new()).await.unwrap_err().kind(),
            CredentialErrorKind::Refused
        );
    }
}
