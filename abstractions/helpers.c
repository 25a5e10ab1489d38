// SPDX-License-Identifier: GPL-2.0
/*
 * What only C can say: assertions that the copies in raw.rs match the headers, and the inline
 * functions and macros that a Rust crate cannot call.
 *
 * Only raw.rs declares what is here; its declarations and these prototypes stand in one order.
 */
#include <linux/blk-mq.h>
#include <linux/blk-mq-dma.h>
#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/hdreg.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/ratelimit.h>
#include <linux/sched/mm.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

/* Layouts copied in raw.rs. */
static_assert(sizeof(struct blk_map_iter) == 48);
static_assert(offsetof(struct blk_map_iter, iter) == 0);
static_assert(offsetof(struct blk_map_iter, bio) == 24);
static_assert(offsetof(struct blk_map_iter, bvecs) == 32);
static_assert(offsetof(struct blk_map_iter, is_integrity) == 40);
static_assert(sizeof(struct blk_dma_iter) == 88);
static_assert(offsetof(struct blk_dma_iter, addr) == 0);
static_assert(offsetof(struct blk_dma_iter, len) == 8);
static_assert(offsetof(struct blk_dma_iter, p2pdma) == 16);
static_assert(offsetof(struct blk_dma_iter, status) == 32);
static_assert(offsetof(struct blk_dma_iter, iter) == 40);
static_assert(sizeof(struct pci_p2pdma_map_state) == 16);
static_assert(offsetof(struct pci_p2pdma_map_state, map) == 8);

/* Constants copied in raw.rs. */
#define ASSERT_STS(name, value) static_assert((__force u8)BLK_STS_##name == (value))
ASSERT_STS(OK, 0);
ASSERT_STS(NOTSUPP, 1);
ASSERT_STS(TIMEOUT, 2);
ASSERT_STS(NOSPC, 3);
ASSERT_STS(TRANSPORT, 4);
ASSERT_STS(TARGET, 5);
ASSERT_STS(RESV_CONFLICT, 6);
ASSERT_STS(MEDIUM, 7);
ASSERT_STS(PROTECTION, 8);
ASSERT_STS(RESOURCE, 9);
ASSERT_STS(IOERR, 10);
ASSERT_STS(OFFLINE, 16);
ASSERT_STS(INVAL, 19);
static_assert((__force u32)BLK_FEAT_WRITE_CACHE == 1U << 0);
static_assert((__force u32)BLK_FEAT_FUA == 1U << 1);
static_assert((__force u32)BLK_FEAT_IO_STAT == 1U << 4);
static_assert((__force u32)BLK_FEAT_NOWAIT == 1U << 7);
static_assert((__force u32)BLK_FEAT_POLL == 1U << 9);
static_assert(WQ_UNBOUND == 1 << 1);
static_assert(WQ_MEM_RECLAIM == 1 << 3);
static_assert(WORK_CPU_UNBOUND == NR_CPUS);
static_assert(PCI_P2PDMA_MAP_NONE == 1);
static_assert(PCI_VENDOR_ID == 0);
static_assert(PCI_COMMAND == 4);
static_assert(PCI_COMMAND_MASTER == 4);

/* The PDU follows the request and must be aligned for the glue's header. */
static_assert(sizeof(struct request) % 8 == 0);

bool rnvme_abs_dma_mapping_error(struct device *dev, dma_addr_t addr);
bool rnvme_abs_dma_mapping_error(struct device *dev, dma_addr_t addr)
{
	return dma_mapping_error(dev, addr);
}

bool rnvme_abs_single_segment(const struct request *rq, u32 len, phys_addr_t *phys);
bool rnvme_abs_single_segment(const struct request *rq, u32 len, phys_addr_t *phys)
{
	const struct bio *bio = rq->bio;
	struct bio_vec bv;

	/* A peer's memory is marked so, and goes the way that knows about it. */
	if (!bio || (rq->cmd_flags & (REQ_NOMERGE | REQ_INTEGRITY)) ||
	    (rq->rq_flags & RQF_SPECIAL_PAYLOAD))
		return false;
	bv = mp_bvec_iter_bvec(bio->bi_io_vec, bio->bi_iter);
	if (bv.bv_len < len)
		return false;
	*phys = bvec_phys(&bv);
	return true;
}

/* What blk_rq_map_kern() finds the pages of; the data of a module is neither. */
bool rnvme_abs_has_pages(const void *at);
bool rnvme_abs_has_pages(const void *at)
{
	return is_vmalloc_addr(at) || virt_addr_valid(at);
}

void rnvme_abs_min_align(struct device *dev, u32 mask);
void rnvme_abs_min_align(struct device *dev, u32 mask)
{
	dma_set_min_align_mask(dev, mask);
}

/* blk_add_timer() has set both; a timeout that is begun anew sets the deadline anew. */
u32 rnvme_abs_age_ms(const struct request *rq);
u32 rnvme_abs_age_ms(const struct request *rq)
{
	long age = jiffies - (READ_ONCE(rq->deadline) - READ_ONCE(rq->timeout));

	return age > 0 ? jiffies_to_msecs(age) : 0;
}

void rnvme_abs_init_work(struct delayed_work *work, work_func_t run, struct lock_class_key *class);
void rnvme_abs_init_work(struct delayed_work *work, work_func_t run, struct lock_class_key *class)
{
	INIT_DELAYED_WORK(work, run);
	/* Otherwise all works made here were of one class, and waiting for one in another a cycle. */
	lockdep_init_map(&work->work.lockdep_map, "rnvme_abs_work", class, 0);
}

unsigned int rnvme_abs_noio_save(void);
unsigned int rnvme_abs_noio_save(void)
{
	return memalloc_noio_save();
}

void rnvme_abs_noio_restore(unsigned int flags);
void rnvme_abs_noio_restore(unsigned int flags)
{
	memalloc_noio_restore(flags);
}

struct gendisk *rnvme_abs_alloc_disk(struct blk_mq_tag_set *set, struct queue_limits *lim,
				     void *data);
struct gendisk *rnvme_abs_alloc_disk(struct blk_mq_tag_set *set, struct queue_limits *lim,
				     void *data)
{
	return blk_mq_alloc_disk(set, lim, data);
}

/* PCI address -> number, kept while the module is loaded, so that names survive a rebind. */
static DEFINE_XARRAY_ALLOC(instances);
static DEFINE_MUTEX(instances_lock);

int rnvme_abs_instance(struct pci_dev *pdev);
int rnvme_abs_instance(struct pci_dev *pdev)
{
	unsigned long key = ((unsigned long)pci_domain_nr(pdev->bus) << 16) | pci_dev_id(pdev);
	unsigned long index;
	void *entry;
	u32 id;
	int ret;

	mutex_lock(&instances_lock);
	xa_for_each(&instances, index, entry) {
		if (xa_to_value(entry) == key) {
			ret = index;
			goto out;
		}
	}
	ret = xa_alloc(&instances, &id, xa_mk_value(key), xa_limit_31b, GFP_KERNEL);
	if (!ret)
		ret = id;
out:
	mutex_unlock(&instances_lock);
	return ret;
}

bool rnvme_abs_bar_is_memory(struct pci_dev *pdev, int bar);
bool rnvme_abs_bar_is_memory(struct pci_dev *pdev, int bar)
{
	return pci_resource_flags(pdev, bar) & IORESOURCE_MEM;
}

void rnvme_abs_number_devices(const struct pci_device_id *ids);
void rnvme_abs_number_devices(const struct pci_device_id *ids)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (!pdev->dev.driver && pci_match_id(ids, pdev))
			rnvme_abs_instance(pdev);
	}
}

void rnvme_abs_forget_instances(void);
void rnvme_abs_forget_instances(void)
{
	xa_destroy(&instances);
}

void rnvme_abs_limits_start(struct request_queue *q, struct queue_limits *lim);
void rnvme_abs_limits_start(struct request_queue *q, struct queue_limits *lim)
{
	*lim = queue_limits_start_update(q);
}

void rnvme_abs_attr_init(struct attribute *attr);
void rnvme_abs_attr_init(struct attribute *attr)
{
	sysfs_attr_init(attr);
}

unsigned long rnvme_abs_lock_irqsave(spinlock_t *lock);
unsigned long rnvme_abs_lock_irqsave(spinlock_t *lock)
{
	unsigned long flags;

	spin_lock_irqsave(lock, flags);
	return flags;
}

void rnvme_abs_unlock_irqrestore(spinlock_t *lock, unsigned long flags);
void rnvme_abs_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock_irqrestore(lock, flags);
}

void rnvme_abs_lock_init(spinlock_t *lock);
void rnvme_abs_lock_init(spinlock_t *lock)
{
	spin_lock_init(lock);
}

bool rnvme_abs_may_print(void);
bool rnvme_abs_may_print(void)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 20);

	return __ratelimit(&limit);
}

bool rnvme_abs_fake_timeout(struct request_queue *q);
bool rnvme_abs_fake_timeout(struct request_queue *q)
{
	return blk_should_fake_timeout(q);
}

int rnvme_abs_getgeo(struct gendisk *disk, struct hd_geometry *geo);
int rnvme_abs_getgeo(struct gendisk *disk, struct hd_geometry *geo)
{
	geo->heads = 1 << 6;
	geo->sectors = 1 << 5;
	geo->cylinders = get_capacity(disk) >> 11;
	return 0;
}
