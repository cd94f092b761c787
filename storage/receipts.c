#include "storage/receipts.h"

void receipts_apply(struct db *db, TALLOC_CTX *ctx, const struct receipt_row *rows, size_t n,
		    const struct provider_verdict *verdicts, size_t n_verdicts, usec_t now, db_end_fn *end, void *arg)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *message = params_array(p, P_UUID),
			   *state = params_array(p, P_INT2), *code = params_array(p, P_TEXT);

	for (size_t i = 0; i < n; i++) {
		array_uuid(brand, &rows[i].brand);
		array_uuid(message, &rows[i].message);
		array_int(state, rows[i].state);
		array_text(code, rows[i].code);
	}
	params_time(p, now);
	if (n_verdicts) /* customers are locked before messages, everywhere */
		outbound_verdicts(db, ctx, verdicts, n_verdicts, now);
	db_query(db, Q_RECEIPTS_APPLY, p, NULL, NULL);
	db_unit(db, end, arg);
}
