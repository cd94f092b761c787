/* Words that a kind of text may not hold. Folded: small, without accents. Words that also mean something plain about an
 * order (French "remise", Spanish "sale" and "compra") stand only in phrases that sell. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "templates/lint_private.h"

static const struct {
	const char *language;
	const char *words; /* parted by '|' */
} selling[] = {
	{"en", "discount|discounts|discounted|coupon|coupons|promo|promo "
	       "code|promotion|voucher|sale|sales|clearance|offer|offers|deal|deals|"
	       "bargain|save|savings|shop|shop now|buy|buy now|order now|free gift|gift "
	       "card|bonus|reward|rewards|cashback|special price|"
	       "price drop|price cut|price cuts|lower price|limited time|exclusive|you may also like|you might also "
	       "like|we recommend|"
	       "recommended for you|refer a friend|referral|invite a friend|earn points|loyalty|black friday|cyber "
	       "monday|new arrivals|"
	       "new collection|percent off|for your next order|off your next|upgrade"},
	{"es", "descuento|descuentos|cupon|cupones|promo|promocion|promociones|oferta|ofertas|rebaja|rebajas|ahorra|"
	       "ahorrar|ahorro|"
	       "compra ahora|compra ya|comprar ahora|regalo|regalos|gratis por|te recomendamos|tambien te puede "
	       "gustar|invita a un amigo|"
	       "trae a un amigo|puntos extra|por tiempo limitado|exclusivo|exclusiva|tu proxima compra|tu proximo "
	       "pedido|novedades"},
	{"fr", "reduction|reductions|rabais|promo|promos|promotion|promotions|soldes|offre|offres|bon plan|bons "
	       "plans|coupon|code promo|"
	       "bon d achat|carte cadeau|cadeau|cadeaux|economisez|profitez|achetez|nous vous recommandons|vous "
	       "aimerez aussi|parrainage|"
	       "parrainez|points de fidelite|prix reduit|duree limitee|exclusif|exclusive|votre prochaine "
	       "commande|nouveautes"},
	{"de", "rabatt|rabatte|gutschein|gutscheine|gutscheincode|angebot|angebote|aktion|aktionen|sonderangebot|"
	       "sonderpreis|schnappchen|"
	       "ausverkauf|sale|sparen|spare|sparst|kaufen|kauf jetzt|jetzt kaufen|shoppen|geschenk|geschenke|gratis "
	       "dazu|pramie|bonus|"
	       "wir empfehlen|das konnte dir gefallen|das konnte ihnen gefallen|freunde werben|empfehle uns|punkte "
	       "sammeln|exklusiv|"
	       "nur fur kurze zeit|nachsten einkauf|nachste bestellung|neuheiten"},
	{"it", "sconto|sconti|scontato|coupon|promo|promozione|promozioni|offerta|offerte|saldi|risparmia|risparmio|"
	       "acquista|compra ora|"
	       "omaggio|regalo|regali|ti consigliamo|potrebbe piacerti|invita un amico|porta un amico|punti "
	       "fedelta|esclusivo|esclusiva|"
	       "tempo limitato|prossimo acquisto|prossimo ordine|novita"},
	{"nl", "korting|kortingen|kortingscode|aanbieding|aanbiedingen|actieprijs|uitverkoop|sale|coupon|bespaar|"
	       "besparen|koop nu|shop nu|"
	       "cadeau|cadeaus|wij raden aan|dit vind je misschien ook leuk|nodig een vriend "
	       "uit|spaarpunten|exclusief|tijdelijk|"
	       "volgende aankoop|volgende bestelling|nieuwe collectie"},
	{"pt", "desconto|descontos|cupom|cupons|cupao|promo|promocao|promocoes|oferta|ofertas|saldo|saldos|liquidacao|"
	       "economize|economiza|"
	       "poupe|compre|compre agora|brinde|brindes|presente|voce tambem pode gostar|recomendamos|indique um "
	       "amigo|convide um amigo|"
	       "pontos extra|exclusivo|exclusiva|tempo limitado|proxima compra|proximo pedido|novidades"},
};

static const char shaft_gated[] = "alcohol|alcool|alkohol|beer|bier|biere|cerveza|cerveja|birra|wine|wein|vino|vinho|"
				  "wijn|vodka|whisky|whiskey|rum|gin|tequila|liquor|"
				  "tobacco|tabak|tabac|tabaco|tabacco|cigar|cigars|cigarette|cigarettes|vape|vapes|"
				  "vaping|nicotine|nikotin|nicotina|e cigarette|"
				  "cannabis|cbd|thc|hemp|marijuana|weed|kratom|delta "
				  "8|gun|guns|firearm|firearms|rifle|pistol|ammo|ammunition|munition|"
				  "casino|gambling|betting|sportsbook|poker|lottery";
static const char shaft_never[] = "porn|pornography|xxx|escort|escorts|sex|sexy|erotic|payday loan|payday loans|cash "
				  "advance|debt relief|debt consolidation|"
				  "credit repair";

static const char *const shorteners[] = {
	"bit.ly/",  "bitly.com/", "tinyurl.com/", "t.co/",    "goo.gl/",      "ow.ly/",     "is.gd/",
	"v.gd/",    "buff.ly/",   "rebrand.ly/",  "cutt.ly/", "shorturl.at/", "t.ly/",      "rb.gy/",
	"tiny.cc/", "lnkd.in/",   "s.id/",        "bl.ink/",  "short.io/",    "shorte.st/", "adf.ly/",
	"clck.ru/", "soo.gd/",    "tny.im/",      "urlz.fr/", "kutt.it/",     "dub.sh/",
};

char *lint_fold(TALLOC_CTX *ctx, const char *text)
{
	utf8proc_uint8_t *folded = NULL;
	char *out, *to;

	if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded,
			 UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
				 UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK) < 0)
		return talloc_strdup(ctx, " ");
	out = to = talloc_size(ctx, strlen((char *)folded) + 3);
	*to++ = ' ';
	for (const char *s = (const char *)folded; *s; s++) {
		bool word = (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || (unsigned char)*s >= 0x80;
		if (word)
			*to++ = *s;
		else if (to[-1] != ' ')
			*to++ = ' ';
	}
	if (to[-1] != ' ')
		*to++ = ' ';
	*to = '\0';
	free(folded);
	return out;
}

/* The first of words in folded; copied to a static place by nobody: the answer is the list from there on. */
static const char *first_of(const char *words, const char *folded)
{
	for (const char *w = words; *w;) {
		size_t n = strcspn(w, "|");

		for (const char *at = folded; (at = memmem(at, strlen(at), w, n)); at++)
			if (at > folded && at[-1] == ' ' && at[n] == ' ')
				return w;
		w += n + (w[n] == '|');
	}
	return NULL;
}

const char *lint_selling_word(const char *folded, const char *locale)
{
	for (size_t i = 0; i < sizeof(selling) / sizeof(selling[0]); i++)
		if (!locale || !strncmp(selling[i].language, locale, 2)) {
			const char *w = first_of(selling[i].words, folded);
			if (w)
				return w;
		}
	return NULL;
}

const char *lint_shaft_word(const char *folded, bool gated)
{
	const char *w = first_of(shaft_never, folded);

	return w || !gated ? w : first_of(shaft_gated, folded);
}

const char *lint_shortener(const char *text)
{
	for (size_t i = 0; i < sizeof(shorteners) / sizeof(shorteners[0]); i++) {
		const char *at = strcasestr(text, shorteners[i]);
		/* not the end of a longer name: "habit.ly/" */
		if (at && (at == text || strchr(" /(.", at[-1])))
			return shorteners[i];
	}
	return NULL;
}
