/**
 * Service names and the ports they stand for, for evidence that prints names instead of numbers.
 * Names as in the IANA registry of service names and port numbers, in Debian's /etc/services and in
 * the services file of Windows (whose older names, such as nbsession and loc-srv, are kept). Where
 * two registries disagree on a name, Debian's reading is taken. One name is one port: no registered
 * name differs between TCP and UDP.
 *
 * The table is written as "port name name …" groups, since it is read far more often than it is
 * edited.
 */
const groups = `
1 tcpmux; 7 echo; 9 discard null sink; 11 systat users; 13 daytime; 15 netstat; 17 qotd quote;
18 msp; 19 chargen source ttytst; 20 ftp-data; 21 fsp fspd ftp; 22 ssh; 23 telnet; 25 mail smtp;
27 nsw-fe; 29 msg-icp; 31 msg-auth; 33 dsp; 37 time timserver; 39 rlp; 41 graphics;
42 nameserver; 43 nicname whois; 44 mpm-flags; 49 login-host tacacs; 50 re-mail-ck; 51 la-maint;
52 xns-time; 53 domain; 54 xns-ch; 55 isi-gl; 56 xns-auth; 58 xns-mail; 61 ni-mail; 62 acas;
63 via-ftp; 64 covia; 65 tacacs-ds; 66 sqlnet; 67 bootps; 68 bootpc; 69 tftp; 70 gopher;
71 netrjs-1; 72 netrjs-2; 73 netrjs-3; 74 netrjs-4; 79 finger; 80 http www www-http;
81 hosts2-ns; 82 xfer; 83 mit-ml-dev; 84 ctf; 86 mfcobol;
88 kerberos kerberos-sec kerberos5 krb5; 89 su-mit-tg; 90 dnsix; 91 mit-dov; 92 npp; 93 dcp;
94 objcall; 95 supdup; 96 dixie; 97 swift-rvf; 98 tacnews; 99 metagram; 101 hostname;
102 iso-tsap tsap; 103 gppitnp x400; 104 acr-nema x400-snd; 105 csnet-ns;
106 3com-tsmux poppassd; 107 rtelnet; 108 snagas; 109 pop2; 110 pop-3 pop3;
111 portmapper rpcbind sunrpc; 112 mcidas; 113 auth authentication ident tap; 115 sftp;
116 ansanotify; 117 uucp-path; 118 sqlserv; 119 nntp readnews untp usenet; 120 cfdptkt;
121 erpc; 122 smakynet; 123 ntp; 124 ansatrader; 125 locus-map; 126 unitary; 127 locus-con;
128 gss-xlicen; 129 pwdgen; 130 cisco-fna; 131 cisco-tna; 132 cisco-sys; 133 statsrv;
134 ingres-net; 135 epmap loc-srv location; 136 profile; 137 nbname netbios-ns;
138 nbdatagram netbios-dgm; 139 nbsession netbios-ssn; 140 emfis-data; 141 emfis-cntl;
142 bl-idm; 143 imap imap2 imap4; 144 uma; 145 uaac; 146 iso-tp0; 147 iso-ip; 148 jargon;
149 aed-512; 150 sql-net; 151 hems; 152 bftp; 153 sgmp; 154 netsc-prod; 155 netsc-dev;
156 sqlsrv; 157 knet-cmp; 158 pcmail-srv; 159 nss-routing; 160 sgmp-traps; 161 snmp;
162 snmp-trap snmptrap; 163 cmip-man; 164 cmip-agent; 165 xns-courier; 166 s-net; 167 namp;
168 rsvd; 169 send; 170 print-srv; 171 multiplex; 172 cl-1; 173 xyplex-mux; 174 mailq;
175 vmnet; 176 genrad-mux; 177 xdmcp; 178 nextstep; 179 bgp; 180 ris; 181 unify; 182 audit;
183 ocbinder; 184 ocserver; 185 remote-kis; 186 kis; 187 aci; 188 mumps; 189 qft; 190 gacp;
191 prospero; 192 osu-nms; 193 srmp; 194 irc; 195 dn6-nlm-aud; 197 dls; 198 dls-mon; 199 smux;
200 src; 201 at-rtmp; 202 at-nbp; 204 at-echo; 206 at-zis; 209 qmtp; 210 wais z39.50 z3950;
211 914c-g; 212 anet; 213 ipx; 214 vmpwscs; 215 softpc; 216 atls; 217 dbase; 218 mpp; 219 uarps;
220 imap3; 221 fln-spx; 222 rsh-spx; 223 cdc; 242 direct; 243 sur-meas; 244 dayna; 245 link;
246 dsp3270; 248 bh-fhs; 256 rap; 257 set; 259 esro-gen; 260 openport; 261 nsiiops;
262 arcisdms; 263 hdap; 264 bgmp; 265 x-bone-ctl; 280 http-mgmt; 281 personal-link;
311 asip-webadmin; 319 ptp-event; 320 ptp-general; 345 pawserv; 346 zserv; 350 matip-type-a;
351 matip-type-b; 366 odmr; 369 rpc2portmap; 370 codaauth2; 371 clearcase; 372 ulistproc;
373 legent-1; 374 legent-2 tivoli; 379 is99c; 380 is99s; 381 hp-collector; 382 hp-managed-node;
383 hp-alarm-mgr; 384 arns; 386 asa; 387 aurp; 388 unidata-ldm; 389 ldap; 390 uis;
391 synotics-relay; 393 meta5; 394 embl-ndt; 396 netware-ip; 397 mptn; 399 iso-tsap-c2;
400 work-sol; 401 ups; 402 genie; 403 decap; 404 nced; 406 imsp; 407 timbuktu; 408 prm-sm;
409 prm-nm; 410 decladebug; 411 rmt; 412 synoptics-trap; 413 smsp; 414 infoseek; 415 bnet;
416 silverplatter; 417 onmux; 418 hyper-g; 419 ariel1; 420 smpte; 421 ariel2; 422 ariel3;
423 opc-job-start; 424 opc-job-track; 425 icad-el; 427 svrloc; 428 ocs_cmu; 434 mobileip-agent;
435 mobilip-mn; 436 dna-cml; 437 comscm; 438 dsfgw; 439 dasp; 440 sgcp; 442 cvc_hostd;
443 https mcom; 444 snpp; 445 microsoft-ds; 446 ddm-rdb; 447 ddm-dfm; 448 ddm-ssl; 450 tserver;
453 creativeserver; 464 kpasswd kpasswd5; 465 igmpv3lite smtps ssmtp submissions urd;
468 photuris; 469 rcp; 471 mondex; 472 ljk-login; 473 hybrid-pop; 474 tn-tl-w1; 477 ss7ns;
479 iafserver; 480 iafdbase; 481 ph; 482 bgs-nsi; 483 ulpnet; 484 integra-sme; 485 powerburst;
486 avian; 487 saft; 488 gss-http; 489 nest-protocol; 490 micom-pfs; 491 go-login;
500 ike isakmp; 501 stmf; 512 biff comsat exec; 513 login who whod; 514 cmd shell syslog;
515 printer spooler; 517 talk; 518 ntalk; 519 utime; 520 efs route routed router; 521 ripng;
522 ulp; 523 ibm-db2; 524 ncp; 525 timed timeserver; 526 newdate tempo; 527 stx; 528 custix;
529 irc-serv; 530 courier rpc; 531 chat conference; 532 netnews; 533 netwall; 535 iiop;
538 gdomap; 540 uucp uucpd; 541 uucp-rlogin; 542 commerce; 543 klogin; 544 krcmd kshell;
546 dhcpv6-client; 547 dhcpv6-server; 548 afpovertcp; 549 idfp; 550 new-rwho new-who;
551 cybercash; 552 deviceshare; 553 pirp; 554 rtsp; 555 dsf; 556 remotefs rfs rfs_server;
560 rmonitor rmonitord; 561 monitor; 562 chshell; 563 nntps snews snntp; 565 whoami;
566 streettalk; 568 ms-shuttle; 569 ms-rome; 570 meter; 580 sntp-heartbeat; 587 submission;
593 http-rpc-epmap; 600 ipcserver; 607 nqs; 623 asf-rmcp; 628 qmqp; 631 ipp; 636 ldaps sldap;
646 ldp; 648 rrp; 655 tinc; 665 sun-dr; 666 doom mdqs; 672 vpps-qua; 674 acap; 694 ha-cluster;
706 silc; 749 kerberos-adm; 750 kdc kerberos-iv kerberos4 loadav rfile;
751 kerberos-master kerberos_master pump; 752 passwd-server passwd_server qrh; 753 rrh;
754 hprop krb-prop krb5_prop krb_prop tell; 758 nlogin; 759 con; 760 krbupdate ns;
761 kpasswd-iv; 762 quotad; 763 cycleserv; 764 omserv; 765 webster; 767 phonebook; 769 vid;
770 cadlock; 771 rtip; 772 cycleserv2; 773 submit; 774 rpasswd; 775 entomb moira-db moira_db;
776 wpages; 777 hotwayd moira-update moira_update; 779 moira-ureg moira_ureg; 780 wpgs;
783 spamd; 800 mdbs_daemon; 810 fcp-udp; 828 itm-mcell-s; 830 netconf-ssh; 853 dns-ssl domain-s;
871 supfilesrv; 873 rsync; 886 iclcnet-locate; 887 iclcnet_svinfo; 888 accessbuilder cddbp;
989 ftps-data; 990 ftps; 991 nas; 992 telnets; 993 imap4-ssl imaps; 994 ircs; 995 pop3s;
996 vsinet; 997 maitrd; 998 busboy; 999 garcon puprouter; 1000 cadlock2; 1010 surf; 1021 exp1;
1022 exp2; 1026 cap nterm; 1027 exosee; 1030 iad1; 1031 iad2; 1032 iad3; 1047 neod1; 1048 neod2;
1058 nim; 1059 nimreg; 1067 instl_boots; 1068 instl_bootc; 1080 socks; 1083 ansoft-lm-1;
1085 webobjects; 1093 proofd; 1094 rootd; 1099 rmiregistry; 1109 kpop;
1110 nfsd-keepalive nfsd-status; 1111 lmsocialserver; 1123 murray; 1127 supfiledbg; 1167 phone;
1178 skkserv; 1194 openvpn; 1202 caiccipc; 1210 predict; 1236 rmtcfg; 1248 hermes; 1313 xtel;
1314 xtelw; 1352 lotusnote lotusnotes; 1433 ms-sql-s; 1434 ms-sql-m; 1435 ibm-cics;
1477 ms-sna-server; 1478 ms-sna-base; 1512 wins; 1521 ncube-lm ora-lm oracle; 1524 ingreslock;
1525 orasrv prospero-np tnsnameserver; 1526 informix pdap-np; 1527 tlisrv; 1529 coauthor;
1540 rds; 1600 issd; 1607 stt; 1645 datametrics old-radius; 1646 old-radacct sa-msg-port;
1649 kermit; 1677 groupwise; 1701 l2f l2tp; 1711 pptconference; 1718 h323gatedisc;
1719 h323gatestat; 1720 h323hostcall netmeeting; 1723 pptp; 1731 msiccp;
1745 isa-fw remote-winsock; 1755 ms-streaming; 1758 tftp-mcast; 1801 msmq; 1812 radius;
1813 radacct radius-acct; 1863 msnp; 1900 ssdp; 1911 mtp; 1965 tivoli-npm; 1985 hsrp;
1986 licensedaemon; 1987 tr-rsrb-p1; 2000 callbook cisco-sccp; 2001 dc; 2002 globe;
2003 cfingerd; 2004 mailbox; 2005 deslogin; 2006 invokator; 2007 raid-am; 2008 conf terminaldb;
2009 news whosockami; 2010 pipe_server search; 2011 raid-cc servserv; 2012 raid-ac ttyinfo;
2013 raid-cd; 2014 troff; 2015 cypress; 2016 bootserver; 2017 bootclient; 2018 terminaldb2;
2019 whosockami2; 2020 xinupageserver; 2021 servexec; 2022 down; 2023 xinuexpansion3;
2024 xinuexpansion4; 2025 ellpack; 2026 scrabble; 2027 shadowserver; 2028 submitserver;
2030 device2; 2032 blackboard; 2033 glogger; 2034 scoremgr; 2035 imsldoc;
2038 mtqp objectmanager; 2040 lam; 2041 interbase; 2042 isis; 2043 isis-bcast; 2044 rimsl;
2045 cdfunc; 2046 sdfunc; 2048 dls-monitor; 2049 nfs nfsd shilp; 2050 av-emb-config; 2053 knetd;
2086 gnunet; 2099 h2250-annex-g; 2101 rtcm-sc104; 2102 zephyr-srv; 2103 zephyr-clt;
2104 zephyr-hm; 2105 eklogin; 2108 rkinit; 2111 kx; 2119 gsigatekeeper; 2121 iprop; 2135 gris;
2181 eforward; 2190 tivoconnect; 2234 directplay; 2255 vrtp; 2301 compaqdiag; 2375 docker;
2376 docker-s; 2377 swarm; 2379 etcd-client; 2380 etcd-server; 2382 dynamic-xr ms-olap3;
2383 ms-olap4; 2393 ms-olap1; 2394 ms-olap2; 2401 cvspserver; 2430 venus; 2431 venus-se;
2432 codasrv; 2433 codasrv-se; 2475 ace-server aced; 2525 ms-v-worlds; 2564 hp-3000-telnet;
2583 mon; 2595 worldfusion1; 2600 zebrasrv; 2601 zebra; 2602 ripd; 2603 ripngd;
2604 nsc-ccs ospfd; 2605 bgpd; 2606 ospf6d; 2607 ospfapi; 2608 isisd; 2628 dict;
2701 sms-rcinfo; 2702 sms-xfer; 2703 sms-chat; 2704 sms-remctrl; 2792 f5-globalsite;
2804 aic-np; 2811 gsiftp; 2869 icslap upnphost; 2947 gpsd; 2980 ms-slipstream; 2998 realsecure;
3000 hbci ppp; 3001 origo-native redwood-broker; 3002 exlm-agent; 3003 cgms; 3006 deslogind;
3007 lotusmtap; 3008 midnight-tech; 3031 eppc; 3037 hp-san-mgmt; 3045 slnp; 3050 gds-db gds_db;
3128 ndl-aas squid-http; 3130 icp icpv2; 3131 netbookmark; 3183 cops-tls; 3200 sapdp00;
3205 isns; 3260 iscsi iscsi-target; 3268 msft-gc; 3269 msft-gc-ssl; 3300 sapgw00; 3306 mysql;
3307 opsession-srvr; 3343 ms-cluster-net; 3389 ms-term-serv ms-wbt-server rdp; 3455 prsvp;
3493 nut; 3532 upnotifyp; 3535 ms-la; 3544 teredo; 3600 sapms; 3632 distcc; 3689 daap;
3690 subversion svn; 3702 ws-discovery; 3703 adobeserver-3; 3848 csccredir; 3911 prnstatus;
4000 icq remoteanything terabase; 4001 newoak; 4008 netcheque; 4009 pxc-ntfy; 4031 suucp;
4094 sysrqd; 4190 sieve; 4321 rwhois; 4353 f5-iquery; 4369 epmd; 4373 remctl;
4444 krb524 nv-video; 4460 ntske; 4500 ipsec-msft ipsec-nat-t nat-t-ike sae-urn; 4557 fax;
4559 hylafax; 4569 iax; 4672 rfa; 4691 mtn; 4899 radmin radmin-port; 4900 hfcs; 4949 lrrd munin;
5000 commplex-main sybase upnp; 5001 commplex-link; 5002 rfe; 5003 fmpro-internal;
5004 avt-profile-1; 5005 avt-profile-2; 5006 wsm-server; 5008 synapsis-edge;
5010 telelpathstart; 5050 mmcc; 5051 ita-agent; 5060 sip; 5061 sip-tls sips;
5145 rmonitor_secure; 5190 aol; 5222 jabber-client xmpp-client; 5223 hpvirtgrp; 5225 hp-server;
5269 jabber-server xmpp-server; 5280 xmpp-bosh; 5298 ms-alerter presence; 5308 cfengine;
5350 nat-pmp-status; 5351 nat-pmp; 5352 dns-llq; 5353 mdns; 5355 llmnr; 5357 wsd wsdapi;
5358 wsdapi-s; 5432 postgres postgresql; 5555 personal-agent rplay; 5556 freeciv rptp;
5600 esmmanager; 5601 esmagent; 5605 fcp-cics-gw1; 5631 pcanywheredata; 5632 pcanywherestat;
5666 nrpe; 5667 nsca; 5671 amqps; 5672 amqp; 5673 jms; 5675 v5ua; 5678 rrac; 5680 canna;
5713 proshareaudio; 5800 vnc-http; 5900 rfb vnc vnc-server; 5910 cm; 5984 couchdb;
5985 winrm wsman; 5986 wsdapi-https wsmans; 6000 x11 x11-0; 6001 x11-1; 6002 x11-2; 6003 x11-3;
6004 x11-4; 6005 x11-5; 6006 x11-6; 6007 x11-7; 6010 x11-ssh-offset; 6073 directplay8;
6343 sflow; 6346 gnutella-svc; 6347 gnutella-rtr; 6379 redis; 6443 sun-sr-https;
6444 sge-qmaster sge_qmaster; 6445 sge-execd sge_execd; 6446 mysql-proxy; 6482 dsgrid;
6514 syslog-tls; 6566 sane sane-port saned; 6667 ircd ircu; 6696 babel; 6697 ircs-u;
6789 ibm-db2-admin; 7000 afs3-fileserver bbs; 7001 afs3-callback; 7002 afs3-prserver;
7003 afs3-vlserver; 7004 afs3-kaserver; 7005 afs3-volser; 7006 afs3-errors; 7007 afs3-bos;
7008 afs3-update; 7009 afs3-rmtsys; 7010 ups-onlinet; 7100 font-service xfs; 7200 fodms;
7300 swx; 7400 rtps-discovery; 7627 soap-http; 7680 ms-do; 7777 cbt; 8000 irdmi;
8001 vcom-tunnel; 8002 teradataordbms; 8003 mcreport; 8007 ajp12; 8009 ajp13;
8020 intu-ec-svcdisc; 8021 zope-ftp; 8022 oa-system; 8042 fs-agent; 8052 senomix01;
8076 slnp-http; 8080 http-alt http-proxy webcache; 8081 blackice-icecap sunproxyadmin tproxy;
8082 us-cli; 8083 us-srv; 8086 d-s-n; 8087 simplifymedia; 8088 omniorb radan-http;
8100 xprint-server; 8140 puppet; 8194 blp1; 8199 bbp-http; 8200 trivnet1; 8443 pcsync-https;
8444 pcsync-http; 8888 ddi-tcp-1 sun-answerbook; 8889 ddi-tcp-2; 8892 seosload;
8990 clc-build-daemon; 9000 cslistener; 9001 etlservicemgr; 9002 dynamid; 9090 websm zeus-admin;
9091 xmltec-xmlmail; 9098 xinetd; 9100 hp-pdl-datastr jetdirect pdl-datastream; 9101 bacula-dir;
9102 bacula-fd; 9103 bacula-sd; 9200 wap-wsp; 9201 wap-wsp-wtp; 9287 cumulus; 9318 secure-ts;
9418 git; 9443 tungsten-https; 9500 ismserver; 9535 man; 9600 micromuse-ncpw; 9667 xmms2;
9673 zope; 9875 sapv1; 9876 sd; 9898 monkeycom; 9992 palace-1; 9998 distinct32;
9999 abyss distinct; 10000 ndmp snet-sensor-mgmt webmin; 10001 scp-config; 10050 zabbix-agent;
10051 zabbix-trapper; 10080 amanda; 10081 kamanda; 10082 amandaidx; 10083 amidxtape;
10113 netiq; 10809 nbd; 11112 dicom; 11211 memcache memcached; 11371 hkp; 11967 sysinfo-sp;
12000 cce4x; 12172 hivep; 12345 netbus; 13720 bprd; 13721 bpdbm; 13724 vnetd; 13782 bpcd;
13783 vopied; 13818 dsmcc-config; 17001 sgi-cmsd; 17002 sgi-crsd; 17003 sgi-gcd; 17004 sgi-cad;
17007 isode-dua; 17219 chipper; 17500 db-lsp; 18000 biimenu; 18181 opsec-cvp; 18182 opsec-ufp;
18183 opsec-sam; 18184 opsec-lea; 19999 dnp-sec; 20000 dnp; 22125 dcap; 22128 gsidcap;
22273 wnn6; 23000 inovaport1; 24000 med-ltp; 24554 binkp; 25000 icl-twobase1; 26000 quake;
26208 wnn6-ds; 27000 flexlm; 27017 mongod mongodb; 27374 asp; 30865 csync2; 33434 traceroute;
36865 kastenxpipe; 42508 candp; 43188 reachout; 47624 directplaysrvr; 49001 nusrp;
50000 db2c_db2; 54320 bo2k; 57000 dircproxy; 60177 tfido; 60179 fido; 65001 spectrum
`

/** Service name, lower case → port. */
export const SERVICES: ReadonlyMap<string, number> = new Map(
  groups.split(";").flatMap((group) => {
    const [port = "", ...names] = group.trim().split(/\s+/)
    return names.map((name) => [name, Number(port)] as const)
  }),
)
