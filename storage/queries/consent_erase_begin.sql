-- From here to the end of the transaction the ledger lets this one customer's lines be made nameless.
SELECT set_config('afterword.erasing', $2::uuid::text, true) WHERE $1::uuid IS NOT NULL
