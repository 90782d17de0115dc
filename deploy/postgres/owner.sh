#!/bin/sh
# Runs once, while the database's volume is new: makes the owner of the tables, who makes the other
# roles in `auditorium migrate`.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --set password="$OWNER_PASSWORD" \
  --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE auditorium_owner LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE auditorium OWNER auditorium_owner;
SQL
