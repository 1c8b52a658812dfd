import type { PushKind } from '../../src/provisioning/push/push-kinds.ts';

/** One document of every kind, as its specification would write it. */
export const PUSH_SAMPLES: Readonly<Record<PushKind, string>> = {
  provisioning: `<?xml version="1.0"?>
<!DOCTYPE wap-provisioningdoc PUBLIC "-//WAPFORUM//DTD PROV 1.0//EN" "http://www.wapforum.org/DTD/prov.dtd">
<wap-provisioningdoc version="1.1">
  <characteristic type="NAPDEF">
    <parm name="NAPID" value="nap"/>
    <parm name="BEARER" value="GSM-GPRS"/>
    <parm name="NAME" value="Internet"/>
    <parm name="INTERNET"/>
    <parm name="NAP-ADDRESS" value="internet.operator.example"/>
    <parm name="NAP-ADDRTYPE" value="APN"/>
  </characteristic>
  <characteristic type="APPLICATION">
    <parm name="APPID" value="w2"/>
    <parm name="TO-NAPID" value="nap"/>
    <characteristic type="RESOURCE">
      <parm name="NAME" value="Früh &amp; spät"/>
      <parm name="URI" value="http://www.operator.example/"/>
      <parm name="STARTPAGE"/>
    </characteristic>
  </characteristic>
</wap-provisioningdoc>`,
  serviceIndication: `<?xml version="1.0"?>
<!DOCTYPE si PUBLIC "-//WAPFORUM//DTD SI 1.0//EN" "http://www.wapforum.org/DTD/si.dtd">
<si>
  <indication href="http://www.xyz.com/email/123/abc.wml" si-id="1@xyz.com" created="1999-06-25T15:23:15Z"
    si-expires="1999-06-30T00:00:00Z" action="signal-high">You have 4 new emails</indication>
</si>`,
  serviceLoading: `<?xml version="1.0"?>
<!DOCTYPE sl PUBLIC "-//WAPFORUM//DTD SL 1.0//EN" "http://www.wapforum.org/DTD/sl.dtd">
<sl href="http://www.xyz.com/ppaid/123/abc.wml" action="execute-high"/>`,
  cacheOperation: `<?xml version="1.0"?>
<!DOCTYPE co PUBLIC "-//WAPFORUM//DTD CO 1.0//EN" "http://www.wapforum.org/DTD/co_1.0.dtd">
<co><invalidate-object uri="https://news.xyz.org/a.wml"/><invalidate-service uri="http://www.xyz.net/mail/"/></co>`,
  emailNotification: `<?xml version="1.0"?>
<!DOCTYPE emn PUBLIC "-//WAPFORUM//DTD EMN 1.0//EN" "http://www.wapforum.org/DTD/emn.dtd">
<emn mailbox="mailat:joe@xyz.com" timestamp="2003-02-22T12:00:01Z"/>`,
  rightsObject: `<?xml version="1.0"?>
<!DOCTYPE o-ex:rights PUBLIC "-//OMA//DTD DRMREL 1.0//EN" "http://www.oma.org/DTD/dr">
<o-ex:rights xmlns:o-ex="http://odrl.net/1.1/ODRL-EX" xmlns:o-dd="http://odrl.net/1.1/ODRL-DD"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#/">
  <o-ex:context><o-dd:version>1.0</o-dd:version></o-ex:context>
  <o-ex:agreement>
    <o-ex:asset>
      <o-ex:context><o-dd:uid>cid:4567829547@foo.com</o-dd:uid></o-ex:context>
      <ds:KeyInfo><ds:KeyValue>vUEwR8LzEJoeiC+dgT1mgg==</ds:KeyValue></ds:KeyInfo>
    </o-ex:asset>
    <o-ex:permission>
      <o-dd:display><o-ex:constraint><o-dd:count>3</o-dd:count></o-ex:constraint></o-dd:display>
      <o-dd:print/>
    </o-ex:permission>
  </o-ex:agreement>
</o-ex:rights>`,
  roapTrigger: `<?xml version="1.0" encoding="utf-8"?>
<roap:roapTrigger xmlns:roap="urn:oma:bac:dldrm:roap-1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  version="1.0"><registrationRequest id="id1"><riID><keyIdentifier xsi:type="roap:X509SPKIHash"
  ><hash>I94/ovDhizE5m/K6t5f1holSdLM=</hash></keyIdentifier></riID><roapURL>http://ri.operator.example/roap</roapURL
  ></registrationRequest></roap:roapTrigger>`,
  roapTrigger21: `<?xml version="1.0" encoding="utf-8"?>
<roap:roapTrigger xmlns:roap="urn:oma:bac:dldrm:roap-1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  version="1.1"><roAcquisition id="id1"><riID><keyIdentifier xsi:type="roap:X509SPKIHash"
  ><hash>I94/ovDhizE5m/K6t5f1holSdLM=</hash></keyIdentifier></riID><riAlias>Operator</riAlias
  ><nonce>sdfknjvfda438790fdjkl4rq</nonce><roapURL>http://ri.operator.example/roap</roapURL><roID>n8yu98hy0e2109eu09ewf09u</roID
  ><contentID>cid:4567829547@foo.com</contentID></roAcquisition></roap:roapTrigger>`,
  browserBookmarks: `<?xml version="1.0"?>
<!DOCTYPE CHARACTERISTIC-LIST SYSTEM "/DTD/characteristic_list.xml">
<CHARACTERISTIC-LIST>
  <CHARACTERISTIC TYPE="BOOKMARK">
    <PARM NAME="NAME" VALUE="Start"/>
    <PARM NAME="URL" VALUE="http://wap.operator.example/"/>
  </CHARACTERISTIC>
</CHARACTERISTIC-LIST>`,
  browserSettings: `<?xml version="1.0"?>
<!DOCTYPE CHARACTERISTIC-LIST SYSTEM "/DTD/characteristic_list.xml">
<CHARACTERISTIC-LIST>
  <CHARACTERISTIC TYPE="ADDRESS">
    <PARM NAME="BEARER" VALUE="GPRS"/>
    <PARM NAME="PROXY" VALUE="10.1.1.1"/>
    <PARM NAME="PORT" VALUE="9201"/>
    <PARM NAME="GPRS_ACCESSPOINTNAME" VALUE="wap.operator.example"/>
    <PARM NAME="PPP_AUTHTYPE" VALUE="PAP"/>
    <PARM NAME="PPP_AUTHNAME" VALUE="guest"/>
  </CHARACTERISTIC>
  <CHARACTERISTIC TYPE="URL" VALUE="http://wap.operator.example/"/>
  <CHARACTERISTIC TYPE="MMSURL" VALUE="http://mms.operator.example/"/>
  <CHARACTERISTIC TYPE="NAME"><PARM NAME="NAME" VALUE="Operator"/></CHARACTERISTIC>
</CHARACTERISTIC-LIST>`,
  syncSettings: `<?xml version="1.0"?>
<SyncSettings>
  <Version>1.0</Version>
  <HostAddr>http://sync.operator.example/</HostAddr>
  <RemoteDB><CTType>text/x-vcard</CTType><CTVer>2.1</CTVer><URI>contact</URI><Name>Contacts</Name></RemoteDB>
  <Name>Operator</Name>
  <Auth><AuthLevel>1</AuthLevel><AuthScheme>2</AuthScheme><Username>joe</Username><Cred>secret</Cred></Auth>
</SyncSettings>`,
};
