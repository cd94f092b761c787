/* What kind of text it is: what the law asks of it, and how it is queued (compliance.md section 1). */
#ifndef AFTERWORD_TEMPLATES_CLASS_H
#define AFTERWORD_TEMPLATES_CLASS_H

/* The order is the sending priority. Stored as these numbers. */
enum message_class {
	CLASS_COMPLIANCE = 0,
	CLASS_CONVERSATIONAL = 1,
	CLASS_TRANSACTIONAL = 2,
	CLASS_RELATIONSHIP = 3,
	CLASS_PROMOTIONAL = 4,
};

#endif
