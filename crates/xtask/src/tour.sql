-- A tour of what a server writes to its log: every kind of record that it can be asked for, once.
-- What it prints are facts, one to a line, to which the tests hold what they read from the log.
\pset fieldsep ' '
select current_setting('server_version_num')::int >= 150000 as since_15 \gset

-- The catalogs, and an index of every kind.
create table item (id serial primary key, words int[], place point, span int4range, note text);
create index on item using gin (words);
create index on item using gist (place);
create index on item using hash (note);
create index on item using spgist (span);
create index item_brin on item using brin (id) with (pages_per_range = 1);
create index on item using bloom (id);
create table nested (level int);
create table keyed (id int primary key, note text);
create unlogged table unlogged (id int primary key);
create table remapped (note text) with (user_catalog_table = true);

insert into item (words, place, span, note)
    select array[i % 20, i], point(i, i % 7), int4range(i, i + 3), 'note ' || i from generate_series(1, 230) i;
select brin_summarize_new_values('item_brin') \g /dev/null
select brin_desummarize_range('item_brin', 0) \g /dev/null
update item set note = note where id <= 20;
delete from item where id % 3 = 0;
vacuum item;
insert into item (words, place, span, note)
    select array[i % 20, i], point(i, i % 7), int4range(i, i + 3), 'note ' || i from generate_series(1, 70) i;
vacuum (freeze) item;

insert into keyed select i, 'row ' || i from generate_series(1, 1000) i;
insert into keyed values (1, 'a conflict'), (5000, 'none') on conflict do nothing;
update keyed set note = note || '!' where id <= 30;
delete from keyed where id between 300 and 900;
vacuum keyed;
select 1 from keyed where id = 1 for update \g /dev/null
begin;
select 1 from keyed where id = 2 for key share \g /dev/null
savepoint a;
update keyed set note = 'locked twice' where id = 2;
commit;
copy keyed from stdin;
6001	copied
6002	copied
6003	copied
\.
truncate keyed;

-- What belongs to the server as a whole.
select pg_create_restore_point('here') \g /dev/null
select pg_create_logical_replication_slot('slot', 'pgoutput') \g /dev/null
insert into remapped select 'row ' || i from generate_series(1, 20) i;
update remapped set note = note || '!';
vacuum full remapped;
select pg_drop_replication_slot('slot') \g /dev/null
vacuum full pg_shseclabel;
\getenv folder PGHOST
\set place :folder '/elsewhere'
\! mkdir elsewhere
create tablespace elsewhere location :'place';
create table far (id int) tablespace elsewhere;
drop table far;
drop tablespace elsewhere;

-- Subtransactions: those that ended with their parents, one that was rolled back before, and more
-- than a standby keeps in mind.
begin;
insert into nested values (0);
savepoint a;
insert into nested values (1);
savepoint b;
insert into nested values (2);
rollback to b;
insert into nested values (3);
release a;
select 'commit', min(xmin::text::bigint), string_agg(xmin::text, ' ' order by xmin::text::bigint) filter (where level > 0)
    from nested;
commit;
truncate nested;
begin;
insert into nested values (0);
savepoint a;
insert into nested values (1);
release a;
select 'abort', min(xmin::text::bigint), string_agg(xmin::text, ' ' order by xmin::text::bigint) filter (where level > 0)
    from nested;
rollback;
begin;
insert into nested values (0);
do $$ begin
    for i in 1..70 loop
        begin
            insert into nested values (i);
        exception when division_by_zero then
            null;
        end;
    end loop;
end $$;
select 'commit', min(xmin::text::bigint), string_agg(xmin::text, ' ' order by xmin::text::bigint) filter (where level > 0)
    from nested;
commit;

-- Prepared transactions.
begin;
insert into nested values (100);
savepoint a;
insert into nested values (101);
release a;
select 'prepare', min(xmin::text::bigint), string_agg(xmin::text, ' ' order by xmin::text::bigint) filter (where level > 100)
    from nested where level >= 100;
prepare transaction 'kept';
begin;
insert into nested values (200);
prepare transaction 'lost';
select 'prepared', transaction, gid, d.oid, r.oid, (extract(epoch from prepared) * 1000000)::bigint
    from pg_prepared_xacts join pg_database d on datname = database join pg_roles r on rolname = owner
    order by gid;
commit prepared 'kept';
rollback prepared 'lost';

-- Messages for those who decode the log, and changes that came from another server.
select 'message', pg_logical_emit_message(true, 'greeting', 'hello, log'), 't', 'greeting', 10;
select 'message', pg_logical_emit_message(false, 'empty', ''), 'f', 'empty', 0;
select pg_replication_origin_create('afar') as origin \gset
select pg_replication_origin_session_setup('afar') \g /dev/null
begin;
select pg_replication_origin_xact_setup('1/ABCDEF', '2020-01-01 00:00:00+00') \g /dev/null
insert into nested values (300);
select 'replicated', pg_current_xact_id(), :origin, '1/ABCDEF', 1577836800000000;
commit;
select pg_replication_origin_session_reset() \g /dev/null
select pg_replication_origin_advance('afar', '1/ABCDF0') \g /dev/null
select 'advanced', :origin, '1/ABCDF0';
select pg_replication_origin_drop('afar') \g /dev/null
select 'dropped', :origin;

-- A backup begins with a checkpoint and ends with a new WAL file.
\if :since_15
    select pg_backup_start('tour', true) \g /dev/null
    select pg_backup_stop() \g /dev/null
    create database other strategy file_copy;
\else
    select pg_start_backup('tour', true, false) \g /dev/null
    select pg_stop_backup(false) \g /dev/null
    create database other;
\endif
drop database other;
drop table remapped, unlogged, keyed;
