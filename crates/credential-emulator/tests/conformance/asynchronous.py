"""The asyncio clients of the official Python SDKs."""

import asyncio

from azure.communication.chat import CommunicationUserIdentifier as ChatUser
from azure.communication.chat import ChatParticipant
from azure.communication.chat.aio import ChatClient, CommunicationTokenCredential
from azure.communication.email.aio import EmailClient
from azure.communication.identity.aio import CommunicationIdentityClient
from azure.communication.phonenumbers import PhoneNumberCapabilities
from azure.communication.phonenumbers.aio import PhoneNumbersClient
from azure.communication.rooms import CommunicationUserIdentifier, ParticipantRole, RoomParticipant
from azure.communication.rooms.aio import RoomsClient
from azure.communication.sms.aio import SmsClient
from azure.identity.aio import ClientSecretCredential

from setting import ACS, report, secret_credential


def row(package, operation, work):
    report(package, f"asyncio, {operation}", lambda: asyncio.run(work()))


def both_ways(package, operation, client, work):
    """Runs the work with a client by access key, and with one by Entra."""

    async def by_key():
        async with client.from_connection_string(ACS["connection_string"]) as one:
            await work(one)

    async def by_entra():
        async with secret_credential(ClientSecretCredential) as credential, client(ACS["endpoint"], credential) as one:
            await work(one)

    row(package, f"access key: {operation}", by_key)
    row(package, f"Entra: {operation}", by_entra)


async def sms(client):
    sent = await client.send("+14255550123", ["+15550101", "5550102"], "hello")
    assert [(item.successful, item.http_status_code) for item in sent] == [(True, 202), (False, 400)], sent


async def email(client):
    message = {
        "senderAddress": "DoNotReply@contoso.example",
        "recipients": {"to": [{"address": "ann@contoso.example"}]},
        "content": {"subject": "Hello", "plainText": "plain"},
    }
    poller = await client.begin_send(message)
    assert (await poller.result())["status"] == "Succeeded"


async def phone_numbers(client):
    numbers = [item.phone_number async for item in client.list_purchased_phone_numbers()]
    assert len(numbers) == 3 and (await client.get_purchased_phone_number(numbers[0])).phone_number == numbers[0]
    capabilities = PhoneNumberCapabilities(calling="inbound", sms="inbound+outbound")
    poller = await client.begin_search_available_phone_numbers(
        "US", "tollFree", "application", capabilities, quantity=2, polling_interval=1
    )
    assert len((await poller.result()).phone_numbers) == 2


async def rooms(client):
    user = CommunicationUserIdentifier("8:acs:conformance")
    room = await client.create_room(participants=[RoomParticipant(communication_identifier=user)])
    assert (await client.get_room(room.id)).valid_until == room.valid_until
    presenter = RoomParticipant(communication_identifier=user, role=ParticipantRole.PRESENTER)
    await client.add_or_update_participants(room_id=room.id, participants=[presenter])
    assert [item.role async for item in client.list_participants(room.id)] == [ParticipantRole.PRESENTER]
    await client.remove_participants(room_id=room.id, participants=[user])
    await client.delete_room(room.id)


async def chat():
    async def person(identity):
        user, token = await identity.create_user_and_token(["chat"])
        return user.properties["id"], ChatClient(ACS["endpoint"], CommunicationTokenCredential(token.token))

    async with CommunicationIdentityClient.from_connection_string(ACS["connection_string"]) as identity:
        _, ann = await person(identity)
        bob_id, bob = await person(identity)
    async with ann, bob:
        participant = ChatParticipant(identifier=ChatUser(bob_id), display_name="Bob")
        created = await ann.create_chat_thread("Plans", thread_participants=[participant])
        thread_id = created.chat_thread.id
        await ann.get_chat_thread_client(thread_id).send_message("hello", sender_display_name="Ann")
        received = bob.get_chat_thread_client(thread_id).list_messages()
        assert [item.content.message async for item in received] == ["hello"]
        await ann.delete_chat_thread(thread_id)


def run():
    both_ways("azure-communication-sms", "send to two", SmsClient, sms)
    both_ways("azure-communication-email", "begin_send, poll to its end", EmailClient, email)
    both_ways("azure-communication-phonenumbers", "list, get, search", PhoneNumbersClient, phone_numbers)
    both_ways("azure-communication-rooms", "create, get, participants, delete", RoomsClient, rooms)
    row("azure-communication-chat", "user access token: threads and messages", chat)
