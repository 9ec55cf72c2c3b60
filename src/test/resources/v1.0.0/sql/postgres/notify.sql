-- Exchange property: payload, less than 8,000 bytes.
SELECT pg_notify('progress_update', :#${exchangeProperty.payload})
