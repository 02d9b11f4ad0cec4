#!/bin/sh
# Makes the PKCS #12 files of this folder anew, with OpenSSL 3. The keys protect nothing: they are for these tests alone.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One issuer, and certificates of apps that it signed, valid for a hundred years.
key() { openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$work/$1.key" 2>/dev/null; }
sign() {
    openssl req -new -key "$work/$1.key" -subj "/CN=$1.example" |
        openssl x509 -req -CA "$work/issuer.pem" -CAkey "$work/issuer.key" -days 36500 -out "$work/$1.pem" 2>/dev/null
}
key issuer 2048
openssl req -x509 -new -key "$work/issuer.key" -subj "/CN=issuer.example" -days 36500 -out "$work/issuer.pem"
key app 2048 && sign app
key other 2048 && sign other
key short 1024 && sign short
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/elliptic.key" && sign elliptic

pack() { # file, key and certificate, password, more
    file=$1 name=$2 secret=$3
    shift 3
    openssl pkcs12 -export -inkey "$work/$name.key" -in "$work/$name.pem" -passout "pass:$secret" -out "$file.pfx" "$@"
}
password='pl4nted päss'
pack modern app "$password"
pack aes128 app "$password" -keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512
pack legacy app "$password" -legacy
pack triple_des app "$password" -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1
pack plain app "$password" -keypbe NONE -certpbe NONE
pack no_mac app "$password" -nomac
pack no_password app ""
pack chain app "$password" -certfile "$work/issuer.pem"
pack short short "$password"
pack elliptic elliptic "$password"
pack odd_cipher app "$password" -keypbe CAMELLIA-256-CBC
openssl pkcs12 -export -nokeys -in "$work/app.pem" -passout "pass:$password" -out no_key.pfx
openssl pkcs12 -export -nocerts -inkey "$work/app.key" -in "$work/app.pem" -passout "pass:$password" -out no_certificate.pfx
# What the tests take apart, or compare with.
cat "$work/app.key" "$work/app.pem" >app.pem
cat "$work/short.key" "$work/short.pem" >short.pem
# The issuer first and a stranger last, as some tools write them.
cat "$work/issuer.pem" "$work/app.pem" "$work/app.key" "$work/other.pem" >reversed.pem
chmod 644 ./*.pfx ./*.pem
