-- Every brand, for the workers' memory.
SELECT id, name, support_contact, locale, country, stop_inside_sentence, answer_opted_out, stop_scope FROM brands ORDER BY id
