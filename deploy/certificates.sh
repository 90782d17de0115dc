#!/bin/sh
# Makes the certificates of compose.yaml in the folder that is named: an authority, and for each
# service a certificate of that authority. Keeps what counts for another 30 days.
set -eu
umask 077
cd "$1"

left() { [ -f "$1" ] && openssl x509 -in "$1" -noout -checkend 2592000 >/dev/null; }

if ! left authority.pem; then
  rm -f ./*.pem ./*.key
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj "/CN=Auditorium compose authority" -keyout authority.key -out authority.pem 2>/dev/null
fi

# certificate NAME ALTERNATIVE_NAMES OWNER: the owner of the key, as the service's image runs.
certificate() {
  if ! left "$1.pem"; then
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
      -keyout "$1.key" -out "$1.csr" 2>/dev/null
    printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' \
      "$2" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA authority.pem -CAkey authority.key -CAcreateserial \
      -days 397 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    rm -f "$1.csr" "$1.ext"
  fi
  chown "$3" "$1.key"
}

certificate postgres DNS:postgres 999
certificate objects DNS:objects 0
certificate auditorium DNS:auditorium,DNS:localhost,IP:127.0.0.1 10001
chmod 755 .
chmod 644 ./*.pem
