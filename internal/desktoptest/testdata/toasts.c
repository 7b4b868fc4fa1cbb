/*
 * A stand-in for the notifications of the Windows Runtime, which Wine 8 lacks:
 * it keeps a list of what it was asked for, and clicks as Explorer does. The
 * order of the methods and the numbers of the interfaces are what it is there
 * to check: they were written from Microsoft's documentation of
 * Windows.UI.Notifications and Windows.Data.Xml.Dom, and any other method ends
 * the process.
 */
#define COBJMACROS
#include <initguid.h>
#include <windows.h>
#include <roapi.h>
#include <winstring.h>
#include <activation.h>
#include <stdio.h>
#include <wchar.h>

DEFINE_GUID(IID_ToastManagerStatics, 0x50ac103f, 0xd235, 0x4598, 0xbb, 0xef, 0x98, 0xfe, 0x4d, 0x1a, 0x3a, 0xd4);
DEFINE_GUID(IID_ToastManagerStatics2, 0x7ab93c52, 0x0e48, 0x4750, 0xba, 0x9d, 0x1a, 0x41, 0x13, 0x98, 0x18, 0x47);
DEFINE_GUID(IID_ToastFactory, 0x04124b20, 0x82c6, 0x4229, 0xb1, 0x09, 0xfd, 0x9e, 0xd4, 0x66, 0x2b, 0x53);
DEFINE_GUID(IID_Toast, 0x997e2675, 0x059e, 0x4e60, 0x8b, 0x06, 0x17, 0x60, 0x91, 0x7c, 0x8b, 0x80);
DEFINE_GUID(IID_Toast2, 0x9dfb9fd1, 0x143a, 0x490e, 0x90, 0xbf, 0xb9, 0xfb, 0xa7, 0x13, 0x2d, 0xe7);
DEFINE_GUID(IID_Notifier, 0x75927b93, 0x03f3, 0x41ec, 0x91, 0xd3, 0x6e, 0x5b, 0xac, 0x1b, 0x38, 0xe7);
DEFINE_GUID(IID_History, 0x5caddc63, 0x01d3, 0x4c97, 0x98, 0x6f, 0x05, 0x33, 0x48, 0x3f, 0xee, 0x14);
DEFINE_GUID(IID_Xml, 0xf7f3a506, 0x1e87, 0x42d6, 0xbc, 0xfb, 0xb8, 0xc8, 0x09, 0xfa, 0x54, 0x94);
DEFINE_GUID(IID_XmlIO, 0x6cd0e74e, 0xee65, 0x4489, 0x9e, 0xbf, 0xca, 0x43, 0xe8, 0x7b, 0xa6, 0x37);
DEFINE_GUID(IID_FailedArgs, 0x35176862, 0xcfd4, 0x44f8, 0xad, 0x64, 0xf5, 0x00, 0xfd, 0x89, 0x6c, 0x3b);
DEFINE_GUID(IID_FailedHandler, 0x95e3e803, 0xc969, 0x5e3a, 0x97, 0x53, 0xea, 0x2a, 0xd2, 0x2a, 0x9a, 0x33);
DEFINE_GUID(IID_Agile, 0x94ea2b94, 0xe9cc, 0x49e0, 0xc0, 0xff, 0xee, 0x64, 0xca, 0x8f, 0x5b, 0x90);
DEFINE_GUID(IID_ActivationCallback, 0x53e31837, 0x6600, 0x4a81, 0x93, 0x95, 0x75, 0xcf, 0xfe, 0x74, 0x6f, 0x94);

static CRITICAL_SECTION lock;
static WCHAR told[1 << 16];
static LONG setting, objects;
static HRESULT showing;

static void tell(const WCHAR *what, HSTRING a, HSTRING b, HSTRING c)
{
	size_t used;
	EnterCriticalSection(&lock);
	used = wcslen(told);
	_snwprintf(told + used, ARRAYSIZE(told) - used - 1, L"%ls|%ls|%ls|%ls\n", what,
		WindowsGetStringRawBuffer(a, NULL), WindowsGetStringRawBuffer(b, NULL), WindowsGetStringRawBuffer(c, NULL));
	LeaveCriticalSection(&lock);
}

/* Every object has up to two interfaces, and a reference count for both. */
typedef struct object object;
typedef struct { const void *const *table; object *object; } face;
struct object {
	face faces[2];
	const IID *iids[2];
	LONG refs;
	HSTRING text, tag, group; /* of a document, a toast or a notifier */
	IUnknown *failed;
	HRESULT code;
};
#define SELF ((face *)self)->object

static object *create(const void *const *t1, const IID *iid1, const void *const *t2, const IID *iid2)
{
	object *o = calloc(1, sizeof *o);
	o->faces[0].table = t1, o->faces[0].object = o, o->iids[0] = iid1;
	o->faces[1].table = t2, o->faces[1].object = o, o->iids[1] = iid2;
	o->refs = 1;
	InterlockedIncrement(&objects);
	return o;
}

static HRESULT WINAPI query(void *self, REFIID iid, void **out)
{
	object *o = SELF;
	int i;
	*out = NULL;
	for (i = 0; i < 2; i++) {
		if (o->iids[i] && (IsEqualIID(iid, o->iids[i]) || (i == 0 && (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IInspectable) || IsEqualIID(iid, &IID_Agile))))) {
			InterlockedIncrement(&o->refs);
			*out = &o->faces[i];
			return S_OK;
		}
	}
	return E_NOINTERFACE;
}

static ULONG WINAPI addref(void *self) { return InterlockedIncrement(&SELF->refs); }

static ULONG WINAPI release(void *self)
{
	object *o = SELF;
	LONG refs = InterlockedDecrement(&o->refs);
	if (refs == 0) {
		WindowsDeleteString(o->text);
		WindowsDeleteString(o->tag);
		WindowsDeleteString(o->group);
		if (o->failed)
			IUnknown_Release(o->failed);
		free(o);
		InterlockedDecrement(&objects);
	}
	return refs;
}

static HRESULT WINAPI never(void) { abort(); }
static HRESULT WINAPI iids(void *self, ULONG *n, IID **list) { return E_NOTIMPL; }
static HRESULT WINAPI class_name(void *self, HSTRING *name) { return E_NOTIMPL; }
static HRESULT WINAPI trust(void *self, TrustLevel *level) { return E_NOTIMPL; }
#define INSPECTABLE query, addref, release, iids, class_name, trust

/* Windows.Data.Xml.Dom.XmlDocument */
static HRESULT WINAPI xml_load(void *self, HSTRING text)
{
	WindowsDeleteString(SELF->text);
	return WindowsDuplicateString(text, &SELF->text);
}
static const void *const xml[] = { INSPECTABLE, never, never, never, never };
static const void *const xml_io[] = { INSPECTABLE, xml_load, never /* LoadXmlWithSettings */, never /* SaveToFileAsync */ };

/* Windows.UI.Notifications.ToastFailedEventArgs */
static HRESULT WINAPI failed_code(void *self, HRESULT *code) { *code = SELF->code; return S_OK; }
static const void *const failed_args[] = { INSPECTABLE, failed_code };

/* Windows.UI.Notifications.ToastNotification */
static HRESULT WINAPI toast_add_failed(void *self, IUnknown *handler, INT64 *token)
{
	*token = 1;
	return IUnknown_QueryInterface(handler, &IID_FailedHandler, (void **)&SELF->failed);
}
static const void *const toast1[] = { INSPECTABLE,
	never, /* get_Content */
	never, never, /* put_, get_ExpirationTime */
	never, never, /* add_, remove_Dismissed */
	never, never, /* add_, remove_Activated */
	toast_add_failed, never /* remove_Failed */ };
static HRESULT WINAPI toast_put_tag(void *self, HSTRING s) { return WindowsDuplicateString(s, &SELF->tag); }
static HRESULT WINAPI toast_put_group(void *self, HSTRING s) { return WindowsDuplicateString(s, &SELF->group); }
static const void *const toast2[] = { INSPECTABLE,
	toast_put_tag, never, toast_put_group, never, never /* put_SuppressPopup */, never };

/* IToastNotificationFactory; there are no toasts without content. */
static HRESULT WINAPI factory_create(void *self, void *document, void **out)
{
	object *o;
	if (((face *)document)->table != xml)
		return E_INVALIDARG;
	o = create(toast1, &IID_Toast, toast2, &IID_Toast2);
	WindowsDuplicateString(((face *)document)->object->text, &o->text);
	*out = &o->faces[0];
	return S_OK;
}
static const void *const toast_factory[] = { INSPECTABLE, factory_create };

/* Windows.UI.Notifications.ToastNotifier */
static object *last;
static HRESULT WINAPI notifier_show(void *self, void *toast)
{
	if (((face *)toast)->table != toast1)
		return E_INVALIDARG;
	if (FAILED(showing))
		return showing;
	addref(toast);
	if (last)
		release(&last->faces[0]);
	last = ((face *)toast)->object;
	tell(L"show", last->tag, last->group, last->text);
	tell(L"as", SELF->text, NULL, NULL);
	return S_OK;
}
static HRESULT WINAPI notifier_setting(void *self, LONG *value) { *value = setting; return S_OK; }
static const void *const notifier[] = { INSPECTABLE, notifier_show, never /* Hide */, notifier_setting, never, never, never };

/* Windows.UI.Notifications.ToastNotificationHistory */
static HRESULT WINAPI history_remove(void *self, HSTRING tag, HSTRING group, HSTRING app)
{
	tell(L"remove", tag, group, app);
	return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
}
static HRESULT WINAPI history_clear(void *self, HSTRING app)
{
	tell(L"clear", app, NULL, NULL);
	return S_OK;
}
static const void *const history[] = { INSPECTABLE,
	never, never, /* RemoveGroup, RemoveGroupWithId */
	history_remove, /* RemoveGroupedTagWithId */
	never, never, never, /* RemoveGroupedTag, Remove, Clear */
	history_clear /* ClearWithId */ };

/* Windows.UI.Notifications.ToastNotificationManager */
static HRESULT WINAPI manager_with_id(void *self, HSTRING id, void **out)
{
	object *o = create(notifier, &IID_Notifier, NULL, NULL);
	WindowsDuplicateString(id, &o->text);
	*out = &o->faces[0];
	return S_OK;
}
static const void *const manager[] = { INSPECTABLE, never /* CreateToastNotifier */, manager_with_id, never /* GetTemplateContent */ };
static HRESULT WINAPI manager_history(void *self, void **out)
{
	*out = &create(history, &IID_History, NULL, NULL)->faces[0];
	return S_OK;
}
static const void *const manager2[] = { INSPECTABLE, manager_history };

/* IActivationFactory, which is all that a document needs. */
static HRESULT WINAPI activate(void *self, IInspectable **out)
{
	*out = (IInspectable *)&create(xml, &IID_Xml, xml_io, &IID_XmlIO)->faces[0];
	return S_OK;
}
static const void *const xml_factory[] = { INSPECTABLE, activate };

/* A factory that answers to IActivationFactory, as the runtime wants, and to
 * the interfaces that its users ask for. */
static HRESULT WINAPI not_activated(void *self, IInspectable **out) { return E_NOTIMPL; }
typedef struct { object *o[3]; } parts;
static parts *of_manager, *of_toast;
static HRESULT WINAPI parts_query(void *self, REFIID iid, void **out)
{
	parts *p = SELF == of_manager->o[0] ? of_manager : of_toast;
	int i;
	for (i = 0; i < 3; i++)
		if (p->o[i] && SUCCEEDED(query(&p->o[i]->faces[0], iid, out)))
			return S_OK;
	*out = NULL;
	return E_NOINTERFACE;
}
static const void *const parts_factory[] = { parts_query, addref, release, iids, class_name, trust, not_activated };

__declspec(dllexport) HRESULT WINAPI DllGetActivationFactory(HSTRING class, IActivationFactory **out)
{
	const WCHAR *name = WindowsGetStringRawBuffer(class, NULL);
	object *o;
	if (wcscmp(name, L"Windows.Data.Xml.Dom.XmlDocument") == 0) {
		*out = (IActivationFactory *)&create(xml_factory, &IID_IActivationFactory, NULL, NULL)->faces[0];
		return S_OK;
	}
	if (wcscmp(name, L"Windows.UI.Notifications.ToastNotification") == 0)
		o = of_toast->o[0];
	else if (wcscmp(name, L"Windows.UI.Notifications.ToastNotificationManager") == 0)
		o = of_manager->o[0];
	else
		return CLASS_E_CLASSNOTAVAILABLE;
	addref(&o->faces[0]);
	*out = (IActivationFactory *)&o->faces[0];
	return S_OK;
}

/* What follows is for the test. */

__declspec(dllexport) const WCHAR *WINAPI Told(void) { return told; }
__declspec(dllexport) LONG WINAPI Objects(void) { return objects; }
__declspec(dllexport) void WINAPI Behave(LONG how, HRESULT result) { setting = how; showing = result; }

/* Fail tells of the last toast, on a thread of its own, that it failed. */
static DWORD WINAPI fail(void *code)
{
	HRESULT (WINAPI *invoke)(void *, void *, void *);
	object *args = create(failed_args, &IID_FailedArgs, NULL, NULL);
	args->code = (HRESULT)(LONG_PTR)code;
	invoke = (*(void ***)last->failed)[3];
	invoke(last->failed, &last->faces[0], &args->faces[0]);
	release(&args->faces[0]);
	return 0;
}
__declspec(dllexport) void WINAPI Fail(HRESULT code)
{
	HANDLE thread = CreateThread(NULL, 0, fail, (void *)(LONG_PTR)code, 0, NULL);
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
}

/* Click asks COM for the class that the program has registered for its
 * AppUserModelID, as Explorer does when a toast is clicked. */
struct click { const WCHAR *app, *arguments; HRESULT result; };
static DWORD WINAPI click(void *parameter)
{
	struct click *c = parameter;
	HRESULT (WINAPI *method)(void *, const WCHAR *, const WCHAR *, const void *, ULONG);
	WCHAR key[256], class[64];
	DWORD size = sizeof class;
	IUnknown *callback = NULL;
	CLSID clsid;
	CoInitializeEx(NULL, COINIT_MULTITHREADED);
	_snwprintf(key, ARRAYSIZE(key) - 1, L"Software\\Classes\\AppUserModelId\\%ls", c->app);
	key[ARRAYSIZE(key) - 1] = 0;
	c->result = HRESULT_FROM_WIN32(RegGetValueW(HKEY_CURRENT_USER, key, L"CustomActivator", RRF_RT_REG_SZ, NULL, class, &size));
	if (SUCCEEDED(c->result))
		c->result = CLSIDFromString(class, &clsid);
	if (SUCCEEDED(c->result))
		c->result = CoCreateInstance(&clsid, NULL, CLSCTX_ALL, &IID_ActivationCallback, (void **)&callback);
	if (SUCCEEDED(c->result)) {
		method = (*(void ***)callback)[3];
		c->result = method(callback, c->app, c->arguments, NULL, 0);
		IUnknown_Release(callback);
	}
	CoUninitialize();
	return 0;
}
__declspec(dllexport) HRESULT WINAPI Click(const WCHAR *app, const WCHAR *arguments)
{
	struct click c = { app, arguments };
	HANDLE thread = CreateThread(NULL, 0, click, &c, 0, NULL);
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
	return c.result;
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
	static parts m, t;
	if (reason != DLL_PROCESS_ATTACH)
		return TRUE;
	InitializeCriticalSection(&lock);
	m.o[0] = create(parts_factory, &IID_IActivationFactory, NULL, NULL);
	m.o[1] = create(manager, &IID_ToastManagerStatics, NULL, NULL);
	m.o[2] = create(manager2, &IID_ToastManagerStatics2, NULL, NULL);
	t.o[0] = create(parts_factory, &IID_IActivationFactory, NULL, NULL);
	t.o[1] = create(toast_factory, &IID_ToastFactory, NULL, NULL);
	of_manager = &m, of_toast = &t;
	objects = 0;
	return TRUE;
}
