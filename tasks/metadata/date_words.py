"""Words of dates in the world's languages: months, zones, halves of the day, cues.

Months are those of the Unicode CLDR (formatting and stand-alone, wide and abbreviated), with further forms
from newspapers. A new language is one line here.
"""

import re
import unicodedata

MONTHS_BY_LANGUAGE = {
    "af": "januarie/jan februarie/feb maart/mrt april/apr mei junie/jun julie/jul augustus/aug september/sep oktober/okt november/nov desember/des",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "be": "студзеня/сту/студзень лютага/лют/люты сакавіка/сак/сакавік красавіка/кра/красавік мая/май чэрвеня/чэр/чэрвень ліпеня/ліп/ліпень жніўня/жні/жнівень верасня/вер/верасень кастрычніка/кас/кастрычнік лістапада/ліс/лістапад снежня/сне/снежань",
    "bg": "януари/яну февруари/фев март април/апр май юни юли август/авг септември/сеп октомври/окт ноември/ное декември/дек",
    "bn": "জানুয়ারী/জানু ফেব্রুয়ারী/ফেব মার্চ এপ্রিল/এপ্রি মে জুন জুলাই/জুল আগস্ট/আগ সেপ্টেম্বর/সেপ অক্টোবর/অক্টো নভেম্বর/নভে ডিসেম্বর/ডিসে",
    "bs": "januar/jan februar/feb mart/mar april/apr maj juni/jun juli/jul august/aug septembar/sep oktobar/okt novembar/nov decembar/dec",
    "ca": "gener/gen febrer/febr març abril/abr maig juny juliol/jul agost/ag setembre/set octubre/oct novembre/nov desembre/des",
    "cs": "ledna/led/leden února/úno/únor března/bře/březen dubna/dub/duben května/kvě/květen června/čvn/červen července/čvc/červenec srpna/srp/srpen září/zář října/říj/říjen listopadu/lis/listopad prosince/pro/prosinec",
    "da": "januar/jan februar/feb marts/mar april/apr maj juni/jun juli/jul august/aug september/sep oktober/okt november/nov december/dec",
    "de": "januar/jan februar/feb märz/mär april/apr mai juni/jun juli/jul august/aug september/sept/sep oktober/okt november/nov dezember/dez",
    "el": "ιανουαρίου/ιαν/ιανουάριος φεβρουαρίου/φεβ/φεβρουάριος μαρτίου/μαρ/μάρτιος/μάρ απριλίου/απρ/απρίλιος μαΐου/μαΐ/μάιος/μάι ιουνίου/ιουν/ιούνιος/ιούν ιουλίου/ιουλ/ιούλιος/ιούλ αυγούστου/αυγ/αύγουστος/αύγ σεπτεμβρίου/σεπ/σεπτέμβριος οκτωβρίου/οκτ/οκτώβριος νοεμβρίου/νοε/νοέμβριος/νοέ δεκεμβρίου/δεκ/δεκέμβριος",
    "en": "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep october/oct november/nov december/dec",
    "es": "enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago septiembre/sept octubre/oct noviembre/nov diciembre/dic",
    "et": "jaanuar/jaan veebruar/veebr märts aprill/apr mai juuni juuli august/aug september/sept oktoober/okt november/nov detsember/dets",
    "eu": "urtarrila/urt otsaila/ots martxoa/mar apirila/api maiatza/mai ekaina/eka uztaila/uzt abuztua/abu iraila/ira urria/urr azaroa/aza abendua/abe",
    "fa": "ژانویهٔ/ژانویه فوریهٔ/فوریه مارس آوریل مهٔ/مه ژوئن ژوئیهٔ/ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
    "fi": "tammikuuta/tammi/tammikuu helmikuuta/helmi/helmikuu maaliskuuta/maalis/maaliskuu huhtikuuta/huhti/huhtikuu toukokuuta/touko/toukokuu kesäkuuta/kesä/kesäkuu heinäkuuta/heinä/heinäkuu elokuuta/elo/elokuu syyskuuta/syys/syyskuu lokakuuta/loka/lokakuu marraskuuta/marras/marraskuu joulukuuta/joulu/joulukuu",
    "fil": "enero/ene pebrero/peb marso/mar abril/abr mayo/may hunyo/hun hulyo/hul agosto/ago setyembre/set oktubre/okt nobyembre/nob disyembre/dis",
    "fr": "janvier/janv février/févr mars avril/avr mai juin juillet/juil août septembre/sept octobre/oct novembre/nov décembre/déc",
    "gl": "xaneiro/xan febreiro/feb marzo/mar abril/abr maio xuño xullo/xul agosto/ago setembro/set outubro/out novembro/nov decembro/dec",
    "he": "ינואר/ינו פברואר/פבר מרץ אפריל/אפר מאי יוני יולי אוגוסט/אוג ספטמבר/ספט אוקטובר/אוק נובמבר/נוב דצמבר/דצמ",
    "hi": "जनवरी/जन फ़रवरी/फ़र मार्च अप्रैल मई जून जुलाई/जुल अगस्त/अग सितंबर/सित अक्टूबर/अक्टू नवंबर/नव दिसंबर/दिस",
    "hr": "siječnja/sij/siječanj veljače/velj/veljača ožujka/ožu/ožujak travnja/tra/travanj svibnja/svi/svibanj lipnja/lip/lipanj srpnja/srp/srpanj kolovoza/kol/kolovoz rujna/ruj/rujan listopada/lis/listopad studenoga/stu/studeni prosinca/pro/prosinac",
    "hu": "január/jan február/febr március/márc április/ápr május/máj június/jún július/júl augusztus/aug szeptember/szept október/okt november/nov december/dec",
    "hy": "հունվարի/հնվ/հունվար փետրվարի/փտվ/փետրվար մարտի/մրտ/մարտ ապրիլի/ապր/ապրիլ մայիսի/մյս/մայիս հունիսի/հնս/հունիս հուլիսի/հլս/հուլիս օգոստոսի/օգս/օգոստոս սեպտեմբերի/սեպ/սեպտեմբեր հոկտեմբերի/հոկ/հոկտեմբեր նոյեմբերի/նոյ/նոյեմբեր դեկտեմբերի/դեկ/դեկտեմբեր",
    "id": "januari/jan februari/feb maret/mar april/apr mei juni/jun juli/jul agustus/agu september/sep oktober/okt november/nov desember/des",
    "is": "janúar/jan febrúar/feb mars/mar apríl/apr maí júní/jún júlí/júl ágúst/ágú september/sep október/okt nóvember/nóv desember/des",
    "it": "gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago settembre/set ottobre/ott novembre/nov dicembre/dic",
    "ka": "იანვარი/იან თებერვალი/თებ მარტი/მარ აპრილი/აპრ მაისი/მაი ივნისი/ივნ ივლისი/ივლ აგვისტო/აგვ სექტემბერი/სექ ოქტომბერი/ოქტ ნოემბერი/ნოე დეკემბერი/დეკ",
    "kk": "қаңтар/қаң ақпан/ақп наурыз/нау сәуір/сәу мамыр/мам маусым/мау шілде/шіл тамыз/там қыркүйек/қыр қазан/қаз қараша/қар желтоқсан/жел",
    "lt": "sausio/saus/sausis vasario/vas/vasaris kovo/kov/kovas balandžio/bal/balandis gegužės/geg/gegužė birželio/birž/birželis liepos/liep/liepa rugpjūčio/rugp/rugpjūtis rugsėjo/rugs/rugsėjis spalio/spal/spalis lapkričio/lapkr/lapkritis gruodžio/gruod/gruodis",
    "lv": "janvāris/janv februāris/febr marts aprīlis/apr maijs jūnijs/jūn jūlijs/jūl augusts/aug septembris/sept oktobris/okt novembris/nov decembris/dec",
    "mk": "јануари/јан февруари/фев март/мар април/апр мај јуни/јун јули/јул август/авг септември/сеп октомври/окт ноември/ное декември/дек",
    "ms": "januari/jan februari/feb mac april/apr mei jun julai/jul ogos/ogo september/sep oktober/okt november/nov disember/dis",
    "mt": "jannar/jan frar/fra marzu/mar april/apr mejju/mej ġunju/ġun lulju/lul awwissu/aww settembru/set ottubru/ott novembru/nov diċembru/diċ",
    "nb": "januar/jan februar/feb mars april/apr mai juni/jun juli/jul august/aug september/sep oktober/okt november/nov desember/des",
    "nl": "januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug september/sep oktober/okt november/nov december/dec",
    "pl": "stycznia/sty/styczeń lutego/lut/luty marca/mar/marzec kwietnia/kwi/kwiecień maja/maj czerwca/cze/czerwiec lipca/lip/lipiec sierpnia/sie/sierpień września/wrz/wrzesień października/paź/październik listopada/lis/listopad grudnia/gru/grudzień",
    "pt": "janeiro/jan fevereiro/fev março/mar abril/abr maio/mai junho/jun julho/jul agosto/ago setembro/set outubro/out novembro/nov dezembro/dez",
    "ro": "ianuarie/ian februarie/feb martie/mar aprilie/apr mai iunie/iun iulie/iul august/aug septembrie/sept octombrie/oct noiembrie/nov decembrie/dec",
    "ru": "января/янв/январь февраля/февр/февраль марта/мар/март апреля/апр/апрель мая/май июня/июн/июнь июля/июл/июль августа/авг/август сентября/сент/сентябрь октября/окт/октябрь ноября/нояб/ноябрь декабря/дек/декабрь",
    "sk": "januára/jan/január februára/feb/február marca/mar/marec apríla/apr/apríl mája/máj júna/jún júla/júl augusta/aug/august septembra/sep/september októbra/okt/október novembra/nov/november decembra/dec/december",
    "sl": "januar/jan februar/feb marec/mar april/apr maj junij/jun julij/jul avgust/avg september/sep oktober/okt november/nov december/dec",
    "sq": "janar/jan shkurt/shk mars/mar prill/pri maj qershor/qer korrik/korr gusht/gush shtator/sht tetor/tet nëntor/nën dhjetor/dhj",
    "sr": "јануар/јан фебруар/феб март/мар април/апр мај јун јул август/авг септембар/сеп октобар/окт новембар/нов децембар/дец",
    "sv": "januari/jan februari/feb mars april/apr maj juni juli augusti/aug september/sep oktober/okt november/nov december/dec",
    "sw": "januari/jan februari/feb machi/mac aprili/apr mei juni/jun julai/jul agosti/ago septemba/sep oktoba/okt novemba/nov desemba/des",
    "ta": "ஜனவரி/ஜன பிப்ரவரி/பிப் மார்ச்/மார் ஏப்ரல்/ஏப் மே ஜூன் ஜூலை ஆகஸ்ட்/ஆக செப்டம்பர்/செப் அக்டோபர்/அக் நவம்பர்/நவ டிசம்பர்/டிச",
    "te": "జనవరి/జన ఫిబ్రవరి/ఫిబ్ర మార్చి ఏప్రిల్/ఏప్రి మే జూన్ జులై ఆగస్టు/ఆగ సెప్టెంబర్/సెప్టెం అక్టోబర్/అక్టో నవంబర్/నవం డిసెంబర్/డిసెం",
    "th": "มกราคม/ม.ค กุมภาพันธ์/ก.พ มีนาคม/มี.ค เมษายน/เม.ย พฤษภาคม/พ.ค มิถุนายน/มิ.ย กรกฎาคม/ก.ค สิงหาคม/ส.ค กันยายน/ก.ย ตุลาคม/ต.ค พฤศจิกายน/พ.ย ธันวาคม/ธ.ค",
    "tr": "ocak/oca şubat/şub mart/mar nisan/nis mayıs/may haziran/haz temmuz/tem ağustos/ağu eylül/eyl ekim/eki kasım/kas aralık/ara",
    "uk": "січня/січ/січень лютого/лют/лютий березня/бер/березень квітня/квіт/квітень травня/трав/травень червня/черв/червень липня/лип/липень серпня/серп/серпень вересня/вер/вересень жовтня/жовт/жовтень листопада/лист/листопад грудня/груд/грудень",
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    "xh": "janyuwari/jan februwari/feb matshi/mat epreli/epr meyi/mey juni/jun julayi/jul agasti/aga septemba/sept/sep okthobha/okt/okthoba novemba/nov disemba/dis",
    "zu": "januwari/jan februwari/feb mashi/mas ephreli/eph meyi/mey juni/jun julayi/jul agasti/aga septhemba/sep okthoba/okt novemba/nov disemba/dis",
    "az": "yanvar/yan fevral/fev mart/mar aprel/apr may iyun/iyn iyul/iyl avqust/avq sentyabr/sen oktyabr/okt noyabr/noy dekabr/dek",
}
"""Twelve groups per language, separated by spaces; forms of one month separated by slashes, lower case."""

_MORE_MONTHS = (
    "jänner/jän febr märz/mrz",  # Austrian German, abbreviations; only the first positions matter
    "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول",  # Levantine Arabic
    "جانفي فيفري مارس أفريل ماي جوان جويلية أوت",  # Maghreb
    "जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितम्बर अक्तूबर नवम्बर दिसम्बर",
    "জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট/অগস্ট",
    "янв фев март апр мая июн июл авг сен окт ноя дек",
    "janv févr mars avr mai juin juil aoû/aout sept oct nov déc",
    "ene feb mar abr may jun jul ago sep/setiembre oct nov dic",
    "jan peb mar apr mei jun jul agt/ags/agust sep okt nop/nopember des",
    "jan feb mrz apr mai jun jul aug sep okt nov dez",
    "jān feb mar apr mai jūn jūl aug sep okt nov dec",
    "janvārī februārī martā aprīlī maijā jūnijā jūlijā augustā septembrī oktobrī novembrī decembrī",
)
"""Forms that newspapers use and CLDR does not, January first; the rest of a year may be missing."""


def _month_table() -> dict[str, int]:
    """Map every form, with and without its accents, to its month.

    A form that two languages read as different months is left out (Croatian and Polish `lip`): no date is
    better than a wrong one. `copydesk.tasks.metadata.dates` distinguishes Croatian from Polish `listopada`.
    """
    months: dict[str, set[int]] = {}
    for year in (*MONTHS_BY_LANGUAGE.values(), *_MORE_MONTHS):
        for month, forms in enumerate(year.split(), 1):
            for form in forms.split("/"):
                for word in {form.replace("_", " "), plain(form.replace("_", " "))}:
                    months.setdefault(word, set()).add(month)
    months |= {"listopad": {11}, "listopada": {11}}
    return {word: min(month) for word, month in months.items() if len(month) == 1}


def plain(word: str) -> str:
    """Fold a lower-case word: no accents, dotless i as i. Scripts whose marks are vowels stay unchanged."""
    if word.isascii():
        return word
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare).replace("ı", "i")


MONTHS = _month_table()

_HOUR = 60
OFFSETS = {
    # Minutes east of Greenwich. If a name has several meanings, that of the larger press counts.
    "z": 0, "gmt": 0, "utc": 0, "ut": 0, "wet": 0, "west": 1 * _HOUR, "bst": 1 * _HOUR,
    "cet": 1 * _HOUR, "mez": 1 * _HOUR, "cest": 2 * _HOUR, "mesz": 2 * _HOUR,
    "eet": 2 * _HOUR, "eest": 3 * _HOUR, "msk": 3 * _HOUR, "мск": 3 * _HOUR, "trt": 3 * _HOUR, "tsi": 3 * _HOUR,
    "wat": 1 * _HOUR, "cat": 2 * _HOUR, "sast": 2 * _HOUR, "eat": 3 * _HOUR, "gst": 4 * _HOUR, "pkt": 5 * _HOUR,
    "ist": 330, "npt": 345, "bdt": 6 * _HOUR, "ict": 7 * _HOUR, "wib": 7 * _HOUR, "wita": 8 * _HOUR, "wit": 9 * _HOUR,
    "sgt": 8 * _HOUR, "hkt": 8 * _HOUR, "myt": 8 * _HOUR, "pht": 8 * _HOUR, "awst": 8 * _HOUR,
    "jst": 9 * _HOUR, "kst": 9 * _HOUR, "acst": 570, "acdt": 630, "aest": 10 * _HOUR, "aedt": 11 * _HOUR,
    "nzst": 12 * _HOUR, "nzdt": 13 * _HOUR, "brt": -3 * _HOUR, "art": -3 * _HOUR, "clt": -4 * _HOUR,
    "est": -5 * _HOUR, "edt": -4 * _HOUR, "cst": -6 * _HOUR, "cdt": -5 * _HOUR,
    "mst": -7 * _HOUR, "mdt": -6 * _HOUR, "pst": -8 * _HOUR, "pdt": -7 * _HOUR,
    "akst": -9 * _HOUR, "akdt": -8 * _HOUR, "hst": -10 * _HOUR,
}  # fmt: skip
SEASONAL = {"et": -5 * _HOUR, "ct": -6 * _HOUR, "mt": -7 * _HOUR, "pt": -8 * _HOUR}
"""Zones of the United States in which the calendar decides whether summer time applies."""
ZONE_MUST_BE_UPPER = frozenset(
    {"et", "ct", "mt", "pt", "art", "cat", "eat", "wit", "wat", "west", "ut", "z", "est", "ist", "cet", "pst"}
)
"""Names that are common words in lower case: French `et` and `est`, Danish `art`."""

AM = frozenset({"am", "오전", "上午", "午前", "凌晨", "早上", "öö", "πμ", "ص", "صباحا", "sáng"})
PM = frozenset({"pm", "오후", "下午", "午後", "晚上", "μμ", "م", "مساء", "chiều", "tối"})
HOUR_WORDS = frozenset(
    {
        "h",
        "hs",
        "hrs",
        "hr",
        "uhr",
        "時",
        "时",
        "點",
        "点",
        "시",
        "uur",
        "ч",
        "год",
        "hodin",
        "giờ",
        "น",
        "val",
    }
)
MINUTE_WORDS = frozenset({"分", "분", "min", "m", "мин"})
CLOCK_WORDS = frozenset(
    {
        "kl",
        "klo",
        "klokka",
        "klokken",
        "klukkan",
        "ore",
        "ora",
        "pukul",
        "jam",
        "at",
        "um",
        "в",
        "о",
        "à",
        "às",
        "alle",
        "las",
        "godz",
        "ob",
        "saat",
        "ώρα",
        "il",
        "kello",
    }
)
"""Words before a time: after them `13.05` is a time, not a date."""

MODIFIED = re.compile(
    r"updat|modifi|edited|revised|last change|amended|aktuali[sz]|geändert|bearbeitet|bijgewerkt|gewijzigd|mise? à jour"
    r"|m[àa]j\b|actuali[sz]|atuali[sz]|alterad|aggiorna|ultima modifica|обновл|измен|оновл|güncelle|son güncel|zaktuali|aktualiz"
    r"|opdater|oppdater|uppdater|sist endret|ændret|ändrad|päivitet|muokattu|frissít|módosít|aktualis|ажурирано|ažurira|izmijenjen"
    r"|更新|修订|修正|업데이트|수정|최종|cập nhật|diperbarui|dikemas kini|perbarui|ενημ[εέ]ρ|τροποπ|עודכן|עדכון|تحديث|آخر تعديل|ویرایش"
    r"|अपडेट|हालनागाद|আপডেট|อัปเดต|อัพเดท|atnaujin|uuendatud|atjaunin|ngày sửa|përditësuar|uppfært|imesasishwa|ververs|korrigeret"
)
"""Stems of `updated`, lower case; they apply to the date that follows, or else to the one before."""
PUBLISHED = re.compile(
    r"publi|pubbl|post|veröffentl|erstellt|erschienen|créé|creat|giriş|yayın|oluştur|опубл|размещ|создан|додан|geplaatst|gepubl"
    r"|dodan|objavlj|vydán|megjel|közzét|julkais|avaldat|skelbt|発表|公開|配信|发布|發布|时间|時間|登録|등록|입력|승인|đăng|xuất bản|diterbit|dipublik|tayang"
    r"|δημοσ|פורסם|نشر|प्रकाशित|প্রকাশ|เผยแพร่|imechapishwa|issued|\bon\b|first|original|filed|created"
)
"""Stems of `published`, which end the reach of an earlier `updated`."""
